/**
 * The files a browser may ask for: a fixed list, read once at start. No path from a request is
 * ever looked up on disk. An address carries the hash of its content, so it may be kept for ever.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LockstepError } from "../domain/errors.ts";

const TYPES = {
  "base.css": "text/css; charset=utf-8",
  "live.css": "text/css; charset=utf-8",
  "live.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;

type Asset = { readonly body: Buffer; readonly type: string; readonly hash: string };

export type Assets = {
  find(name: string): Asset | undefined;
  /** The address under which a page links the file; NOT_FOUND for a name that is not listed. */
  address(name: string): string;
};

const HASH_LENGTH = 16;

export function loadAssets(folder: string): Assets {
  const files = new Map<string, Asset>(
    Object.entries(TYPES).map(([name, type]) => {
      const body = readFileSync(join(folder, name));
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
