/** The addresses of the live page: the page, its stream and its files. */
import type { Context, Hono } from "hono";
import { getCookie } from "hono/cookie";
import type { Assets } from "./assets.ts";
import type { LiveSource } from "./live.ts";
import type { LiveStream } from "./live-stream.ts";
import type { Render } from "./renderer.ts";
import { onlySameSite } from "./security.ts";
import { livePage } from "./view/page.ts";

export type Portal = {
  readonly source: LiveSource;
  readonly stream: LiveStream;
  readonly assets: Assets;
  readonly render: Render;
};

const THEMES = ["light", "dark"];
const KEEP_FOR_EVER = "public, max-age=31536000, immutable";
/** How long a browser that found the stream full should wait. */
const FULL_RETRY_S = 30;

/** The theme the reader chose, so that a page arrives in it and never flashes. */
export function themeOf(context: Context): string {
  const chosen = getCookie(context, "theme");
  return THEMES.find((theme) => theme === chosen) ?? "system";
}

export function addPortal(app: Hono, { source, stream, assets, render }: Portal): void {
  app.get("/", (context) => {
    const page = livePage(source.state());
    context.header("Cache-Control", "no-store");
    return context.html(
      render("live", { page, blank: {}, live: true, theme: themeOf(context), title: "Live" }),
    );
  });

  app.get("/stream", onlySameSite, (context) => {
    const body = stream.open();
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
  });

  app.get("/assets/:name", (context) => {
    const asset = assets.find(context.req.param("name"));
    if (asset === undefined) return context.notFound();
    const etag = `"${asset.hash}"`;
    context.header("ETag", etag);
    context.header(
      "Cache-Control",
      context.req.query("v") === asset.hash ? KEEP_FOR_EVER : "no-cache",
    );
    if (context.req.header("if-none-match") === etag) return context.body(null, 304);
    return context.body(new Uint8Array(asset.body), 200, { "Content-Type": asset.type });
  });
}
