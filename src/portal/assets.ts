/**
 * The files a browser may ask for: a fixed list, read once at start. No path from a request is
 * ever looked up on disk. An address carries the hash of its content, so it may be kept for ever.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LockstepError } from "../domain/errors.ts";

const STYLE = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const IMAGE = "image/svg+xml";

const TYPES = {
  "base.css": STYLE,
  "shell.css": STYLE,
  "live.css": STYLE,
  "control.css": STYLE,
  "rooms.css": STYLE,
  "wizard.css": STYLE,
  "design.css": STYLE,
  "reference.css": STYLE,
  "identity.css": STYLE,
  "icon.svg": IMAGE,
  "icons.svg": IMAGE,
  "portal.js": SCRIPT,
  "passkey.js": SCRIPT,
  "chart.js": SCRIPT,
  "chart.css": STYLE,
} as const;

/** Made by the build from browser/; the rest stands in templates/assets. */
const BUILT: ReadonlySet<string> = new Set(["portal.js", "passkey.js", "chart.js", "chart.css"]);

type Asset = { readonly body: Buffer; readonly type: string; readonly hash: string };

export type Assets = {
  find(name: string): Asset | undefined;
  /** The address under which a page links the file; NOT_FOUND for a name that is not listed. */
  address(name: string): string;
};

const HASH_LENGTH = 16;

/** NOT_FOUND where the scripts have not been built. */
export function loadAssets(root: string): Assets {
  const files = new Map<string, Asset>(
    Object.entries(TYPES).map(([name, type]) => {
      const body = bytesOf(root, name);
      const hash = createHash("sha256").update(body).digest("hex").slice(0, HASH_LENGTH);
      return [name, { body, type, hash }];
    }),
  );
  return {
    find: (name) => files.get(name),
    address: (name) => {
      const file = files.get(name);
      if (file === undefined) throw new LockstepError("NOT_FOUND", { what: "asset", name });
      return `/assets/${name}?v=${file.hash}`;
    },
  };
}

function bytesOf(root: string, name: string): Buffer {
  const file = join(root, BUILT.has(name) ? "dist" : "templates", "assets", name);
  if (!existsSync(file)) {
    throw new LockstepError("NOT_FOUND", { what: file, help: "`npm run build` makes it" });
  }
  return readFileSync(file);
}
