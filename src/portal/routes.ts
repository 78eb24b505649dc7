/** The addresses that every page needs: files, preferences, help; and the live page. */
import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import type { Assets } from "./assets.ts";
import { ownPath } from "./fields.ts";
import type { LiveSource } from "./live.ts";
import type { LiveStream } from "./live-stream.ts";
import type { Portal } from "./portal.ts";
import { onlySameSite } from "./security.ts";
import { livePage } from "./view/page.ts";

const KEEP_FOR_EVER = "public, max-age=31536000, immutable";
const PREFERENCE_S = 31_536_000;
/** How long a browser that found the stream full should wait. */
const FULL_RETRY_S = 30;
const RELOAD_S = 5;

export function addLivePage(
  portal: Portal,
  { source, stream }: { readonly source: LiveSource; readonly stream: LiveStream },
): void {
  portal.page("/", "copies:read", () => ({
    page: "live",
    head: {
      title: "Live",
      styles: ["live.css"],
      stream: "/stream",
      announce: { list: "page.feed", word: "signal" },
      reloadSeconds: RELOAD_S,
    },
    view: { page: livePage(source.state()) },
  }));
  portal.guard.on("GET", "/stream", "copies:read", onlySameSite, (context) =>
    answerStream(context, stream.open()),
  );
}

/** The bytes as an events stream; null: no more viewers are taken. */
export function answerStream(context: Context, body: ReadableStream<Uint8Array> | null): Response {
  if (body === null) {
    context.header("Retry-After", String(FULL_RETRY_S));
    return context.text("Too many viewers; the page itself can still be loaded.", 503);
  }
  return context.body(body, 200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    // Reverse proxies that buffer would turn a live page into a slide show.
    "X-Accel-Buffering": "no",
  });
}

export function addCommon(portal: Portal, assets: Assets): void {
  portal.guard.on("GET", "/assets/:name", "public", (context) => answerAsset(context, assets));
  portal.page("/help", "public", () => ({ page: "help", head: { title: "Help" } }));
  portal.form("/preferences", "public", ({ context }, fields) => {
    for (const [name, values] of Object.entries(PREFERENCES)) {
      const value = fields.get(name);
      if (!values.includes(value)) continue;
      setCookie(context, name, value, { path: "/", maxAge: PREFERENCE_S, sameSite: "Strict" });
    }
    return { to: ownPath(fields.get("back")) };
  });
}

const PREFERENCES: Readonly<Record<string, readonly string[]>> = {
  theme: ["light", "system", "dark"],
  keys: ["on", "off"],
};

function answerAsset(context: Context, assets: Assets): Response | Promise<Response> {
  const asset = assets.find(context.req.param("name") ?? "");
  if (asset === undefined) return context.notFound();
  const etag = `"${asset.hash}"`;
  context.header("ETag", etag);
  context.header(
    "Cache-Control",
    context.req.query("v") === asset.hash ? KEEP_FOR_EVER : "no-cache",
  );
  if (context.req.header("if-none-match") === etag) return context.body(null, 304);
  return context.body(new Uint8Array(asset.body), 200, { "Content-Type": asset.type });
}
