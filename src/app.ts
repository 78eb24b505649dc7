/**
 * The hub's HTTP side as one Hono app, without a socket: what every request passes through, what a
 * reader sees when something is not there or goes wrong, and which routes there are.
 */
import { join } from "node:path";
import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { asResponse, writeProblem } from "./api/answer.ts";
import { ApiError } from "./api/errors.ts";
import { addHealth, type HealthRoutes } from "./health/routes.ts";
import type { Timers } from "./platform/clock.ts";
import { packageRoot } from "./platform/package-root.ts";
import { loadAssets } from "./portal/assets.ts";
import type { LiveSource } from "./portal/live.ts";
import { LiveStream } from "./portal/live-stream.ts";
import type { Log } from "./portal/log.ts";
import { createRenderer } from "./portal/renderer.ts";
import { addPortal, themeOf } from "./portal/routes.ts";
import { onlyHosts, pageSecurity } from "./portal/security.ts";

export type AppDeps = {
  readonly source: LiveSource;
  readonly timers: Timers;
  readonly log: Log;
  readonly health?: HealthRoutes;
  /** Host names the hub answers to, without port; absent: every name. */
  readonly hosts?: readonly string[];
  readonly viewersMax?: number;
  /** The API once the database is there; null until then. */
  readonly api?: () => Hono | null;
};

export type App = {
  readonly app: Hono;
  readonly stream: LiveStream;
};

/** Pages without a hub. */
const ALONE: HealthRoutes = {
  ready: async () => [],
  exposition: async () => "",
  metrics: "off",
};

export function createApp(deps: AppDeps): App {
  const { source, timers, log, health = ALONE, viewersMax } = deps;
  const templates = join(packageRoot(), "templates");
  const assets = loadAssets(join(templates, "assets"));
  const render = createRenderer(templates, assets.address);
  const stream = new LiveStream({
    source,
    timers,
    log,
    ...(viewersMax === undefined ? {} : { viewersMax }),
  });

  const app = new Hono();
  app.use(pageSecurity(), onlyHosts(deps.hosts), requestId());
  app.all("/v1/*", (context) => {
    const requestId = context.get("requestId");
    const api = deps.api?.() ?? null;
    return api === null
      ? notYet(requestId, context.req.path)
      : api.fetch(context.req.raw, { ...(context.env as object | undefined), requestId });
  });
  addHealth(app, health);
  addPortal(app, { source, stream, assets, render });
  app.notFound((context) =>
    context.html(
      render("message", {
        theme: themeOf(context),
        title: "Not found",
        words: "There is no page at this address. The live page shows every account.",
      }),
      404,
    ),
  );
  app.onError((error, context) => {
    const id = context.get("requestId");
    log("a request failed", { error, path: context.req.path, requestId: id });
    return context.html(
      render("message", {
        theme: themeOf(context),
        title: "This page could not be made",
        words:
          "Nothing was traded or changed by asking for it. Try again; if it stays, look up this number in the hub's log:",
        id,
      }),
      500,
    );
  });
  return { app, stream };
}

/** The page is there before the database is. */
function notYet(requestId: string, path: string): Response {
  const error = new ApiError("UNAVAILABLE", "The hub is starting: ask again in a moment.");
  return asResponse(writeProblem(error, { requestId, path }), { "Retry-After": "1" });
}
