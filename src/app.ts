/**
 * The hub's HTTP side as one Hono app, without a socket: what every request passes through, what a
 * reader sees when something is not there or goes wrong, and which routes there are.
 */
import { join } from "node:path";
import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { requestId } from "hono/request-id";
import { asResponse, writeProblem } from "./api/answer.ts";
import { ApiError } from "./api/errors.ts";
import { addHealth, type HealthRoutes } from "./health/routes.ts";
import { type Authenticate, Guard } from "./identity/policy.ts";
import { type Clock, systemClock, type Timers } from "./platform/clock.ts";
import { packageRoot } from "./platform/package-root.ts";
import { loadAssets } from "./portal/assets.ts";
import { addDesign } from "./portal/design.ts";
import { type FaultPage, faultPage } from "./portal/faults.ts";
import type { LiveSource, LiveState } from "./portal/live.ts";
import { LiveStream } from "./portal/live-stream.ts";
import type { Log } from "./portal/log.ts";
import { type FormTokenOf, Portal } from "./portal/portal.ts";
import { createRenderer } from "./portal/renderer.ts";
import { addCommon, addLivePage } from "./portal/routes.ts";
import { addSearch, type Finder } from "./portal/search.ts";
import { onlyHosts, onlyPlainAddresses, pageSecurity } from "./portal/security.ts";
import type { ShellOptions } from "./portal/shell.ts";

export type AppDeps = {
  readonly source: LiveSource;
  readonly timers: Timers;
  readonly log: Log;
  /** Who asks; absent: nobody ever, and only public pages are to be seen. */
  readonly authenticate?: Authenticate;
  /** What forms have to carry; absent: nothing beyond what browsers say of where they come from. */
  readonly formToken?: FormTokenOf;
  /** How people reach the portal where that is not where it listens: behind a proxy that ends TLS. */
  readonly baseUrl?: string | null;
  /** Links of the menu under one's name. */
  readonly ownLinks?: ShellOptions["ownLinks"];
  /** What the pill in the bar says; absent: the one that asks for the most care. */
  readonly environment?: LiveState["environment"];
  readonly clock?: Clock;
  readonly health?: HealthRoutes;
  /** Host names the hub answers to, without port; absent: every name. */
  readonly hosts?: readonly string[];
  readonly viewersMax?: number;
  /** Shows /design. */
  readonly development?: boolean;
  /** Find what the search offers beyond the rooms. */
  readonly finders?: readonly Finder[];
  /** Each adds the pages of a feature. */
  readonly pages?: readonly ((portal: Portal) => void)[];
  /** The API once the database is there; null until then. */
  readonly api?: () => Hono | null;
};

export type App = {
  readonly app: Hono;
  readonly guard: Guard;
  readonly stream: LiveStream;
};

/** Pages without a hub. */
const ALONE: HealthRoutes = {
  ready: async () => [],
  exposition: async () => "",
  metrics: "off",
};

export function createApp(deps: AppDeps): App {
  const { source, timers, log, health = ALONE, viewersMax, development = false } = deps;
  const { authenticate = async () => null, clock = systemClock, environment = "LIVE" } = deps;
  const stream = new LiveStream({
    ...{ source, timers, log },
    ...(viewersMax === undefined ? {} : { viewersMax }),
  });
  const app = new Hono();
  app.use(pageSecurity(), onlyHosts(deps.hosts), requestId());
  addApi(app, deps.api);
  // Keys travel in a header that no foreign page can set; cookies travel by themselves.
  const reached = deps.baseUrl ?? null;
  app.use(onlyPlainAddresses);
  app.use(csrf({ origin: (origin, context) => isOwn(origin, context.req.url, reached) }));
  const guard = new Guard(app, { authenticate, now: () => clock.now() });
  const templates = join(packageRoot(), "templates");
  const assets = loadAssets(packageRoot());
  const portal = new Portal({
    guard,
    render: createRenderer(templates, assets.address),
    formToken: deps.formToken ?? (() => null),
    shell: { environment, now: () => clock.now(), development, ownLinks: deps.ownLinks ?? [] },
  });
  addHealth(guard, health);
  addCommon(portal, assets);
  addLivePage(portal, { source, stream });
  addSearch(portal, deps.finders ?? []);
  if (development) addDesign(portal);
  for (const add of deps.pages ?? []) add(portal);
  guard.check();
  answerFaults(app, portal, log);
  return { app, guard, stream };
}

const isOwn = (origin: string, url: string, reached: string | null): boolean =>
  origin === new URL(url).origin || origin === reached;

const NOWHERE: Omit<FaultPage, "status"> = {
  title: "Not found",
  words: "There is no page at this address. The live page shows every account.",
  next: { href: "/", label: "Open the live page" },
  facts: [],
};

const BROKEN: FaultPage = {
  status: 500,
  title: "This page could not be made",
  words:
    "Nothing was traded or changed by looking at it; if you sent a form, look at the page it came " +
    "from before you send it again. If it stays, look up this number in the hub's log.",
  next: { href: "/", label: "Open the live page" },
  facts: [],
};

function answerFaults(app: Hono, portal: Portal, log: Log): void {
  app.notFound((context) => {
    const answer = { page: "message", head: { title: NOWHERE.title }, view: NOWHERE };
    return context.html(portal.text(context, answer), 404);
  });
  app.onError((error, context) => {
    const id = context.get("requestId");
    const known = faultPage(error, pageOf(context));
    if (known === null) {
      log("a request failed", { error, path: withoutTokens(context.req.path), requestId: id });
    }
    const fault = known ?? BROKEN;
    const view = { ...fault, id: known === null ? id : null };
    const answer = { page: "message", head: { title: fault.title }, view };
    context.header("Cache-Control", "no-store");
    return context.html(portal.text(context, answer), fault.status);
  });
}

/** The page that somebody was on: of a form the one that it stood on, as the browser says. */
function pageOf({ req }: Context): string {
  const { pathname, search, origin } = new URL(req.url);
  if (req.method === "GET") return pathname + search;
  const referer = req.header("referer") ?? "";
  const from = URL.canParse(referer) ? new URL(referer) : null;
  return from !== null && from.host === new URL(origin).host ? from.pathname + from.search : "/";
}

/** A link that works once is a secret until it is used. */
const withoutTokens = (path: string): string => path.replace(/[\w-]{43}/g, "…");

function addApi(app: Hono, apiOf: AppDeps["api"]): void {
  app.all("/v1/*", (context) => {
    const requestId = context.get("requestId");
    const api = apiOf?.() ?? null;
    return api === null
      ? notYet(requestId, context.req.path)
      : api.fetch(context.req.raw, { ...(context.env as object | undefined), requestId });
  });
}

/** The page is there before the database is. */
function notYet(requestId: string, path: string): Response {
  const error = new ApiError("UNAVAILABLE", "The hub is starting: ask again in a moment.");
  return asResponse(writeProblem(error, { requestId, path }), { "Retry-After": "1" });
}
