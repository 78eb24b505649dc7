/** The API over a ledger: its services, and every route it has. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Context, Hono } from "hono";
import { accountRoutes } from "./api/accounts.ts";
import { createApi } from "./api/api.ts";
import { deskRoutes } from "./api/desk.ts";
import { keyRoutes, userRoutes } from "./api/keys.ts";
import { killRoutes } from "./api/kill-switches.ts";
import { operationRoutes } from "./api/operations.ts";
import { type RateLimit, RateLimiter } from "./api/rate-limit.ts";
import { realignRoutes } from "./api/realign.ts";
import { referenceView } from "./api/reference.ts";
import type { Route } from "./api/route.ts";
import type { ServeDeps } from "./api/serve.ts";
import { signalRoutes } from "./api/signals.ts";
import { strategyRoutes } from "./api/strategies.ts";
import { Streams } from "./api/stream/hub.ts";
import { streamRoute } from "./api/stream/route.ts";
import { subscriptionRoutes } from "./api/subscriptions.ts";
import { tokenRoutes } from "./api/tokens.ts";
import { webhookRoutes } from "./api/webhooks.ts";
import { LockstepError } from "./domain/errors.ts";
import { explainIn } from "./explain/read.ts";
import { IdempotencyService } from "./idempotency/service.ts";
import { addressOf } from "./identity/address.ts";
import { principalOfKey } from "./identity/keys/service.ts";
import { listPeople } from "./identity/people/manage.ts";
import type { Principal } from "./identity/principal.ts";
import { isToken, principalOfToken, type TokenKeys } from "./identity/tokens/service.ts";
import { systemResolve } from "./notify/guard.ts";
import { httpsPost } from "./notify/post.ts";
import { NotifyService } from "./notify/service.ts";
import { type Clock, systemClock, systemTimers } from "./platform/clock.ts";
import { packageRoot } from "./platform/package-root.ts";
import { openPostgres, type Sql } from "./platform/postgres.ts";
import { sealer as makeSealer, type Sealer } from "./platform/sealed.ts";
import { oneTokenKey } from "./platform/token-keys.ts";
import { loadAssets } from "./portal/assets.ts";
import { createRenderer } from "./portal/renderer.ts";
import { AccountRecords } from "./records/accounts.ts";
import { CopyRecords } from "./records/copies.ts";
import { DeskRecords } from "./records/desk.ts";
import { only } from "./records/view.ts";
import { WebhookRecords } from "./records/webhooks.ts";
import { LayerService } from "./subscriptions/layers/service.ts";
import { SubscriptionService } from "./subscriptions/service.ts";

const KEY_BYTES = 32;

export type RestParts = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: ServeDeps["log"];
  readonly rateLimit?: RateLimit;
  readonly streams: Streams;
  readonly notify: NotifyService;
  /** What signs short-lived tokens of keys; absent: a key of this process's own. */
  readonly tokens?: TokenKeys;
  /** Whether to serve the reference as a page, which needs the built assets. */
  readonly withPage?: boolean;
};

const TOKENS = oneTokenKey(randomBytes(KEY_BYTES));

const keysOf = ({ sql, clock, tokens }: RestParts) => ({
  ...{ sql, now: () => clock.now(), random: randomBytes, newId: () => randomUUID() },
  keys: tokens ?? TOKENS,
});

export function restRoutes(parts: RestParts): readonly Route[] {
  const { sql, clock } = parts;
  const subscriptions = new SubscriptionService(sql, () => clock.now());
  const accounts = new AccountRecords(sql, (id) => parts.streams.figuresOf(id));
  const copies = new CopyRecords(sql);
  const desk = new DeskRecords(sql);
  return [
    ...accountRoutes(accounts),
    ...strategyRoutes(copies, subscriptions),
    ...subscriptionRoutes(copies, subscriptions, new LayerService(sql, () => clock.now())),
    ...signalRoutes(copies, async ({ tenantId }, id) =>
      only(await explainIn(sql, tenantId, id), "decision"),
    ),
    streamRoute(parts.streams, async (header) => {
      if (header === undefined) return false;
      return (await principalOf(parts, header, null)) !== null;
    }),
    ...webhookRoutes(new WebhookRecords(sql), parts.notify),
    ...deskRoutes(desk),
    ...realignRoutes({ sql, records: desk }),
    ...operationRoutes(copies, {
      ...{ sql, service: subscriptions, now: () => clock.now(), newId: () => randomUUID() },
    }),
    ...killRoutes({ sql, copies }),
    ...keyRoutes(keysOf(parts)),
    ...tokenRoutes(keysOf(parts)),
    ...userRoutes((principal) => listPeople({ sql }, principal)),
  ];
}

/** Where the client is that is written from the routes. */
export const CLIENT = "clients/typescript/lockstep.ts";

export function openNotify(
  sql: Sql,
  sealer: Sealer,
  post = httpsPost(systemResolve),
): NotifyService {
  return new NotifyService({
    ...{ sql, sealer, post, random: randomBytes, newId: () => randomUUID() },
    now: () => systemClock.now(),
    draw: () => Math.random(),
  });
}

/** Every route as it is described, over no ledger: to be read, and not to be asked. */
export function describedRoutes(): readonly Route[] {
  const sql = openPostgres("postgres://127.0.0.1:1/none", { max: 1 });
  const deps = { hub: () => null, now: () => 0, timers: systemTimers, log: () => {} };
  const notify = openNotify(sql, makeSealer(Buffer.alloc(KEY_BYTES)));
  return restRoutes({ sql, clock: systemClock, log: () => {}, streams: new Streams(deps), notify });
}

export function createRest(parts: RestParts): Hono {
  const { sql, clock, log, rateLimit } = parts;
  const authenticate = async (context: Context): Promise<Principal | null> => {
    const header = context.req.header("authorization");
    return header === undefined ? null : principalOf(parts, header, addressOf(context));
  };
  const limiter = new RateLimiter(clock, rateLimit);
  const idempotency = new IdempotencyService(sql, clock);
  const routes = restRoutes(parts);
  const deps = { authenticate, limiter, idempotency, clock, log };
  return createApi(routes, parts.withPage ? { ...deps, page: referencePage(routes) } : deps);
}

function principalOf(parts: RestParts, header: string, address: string | null): Promise<Principal> {
  const [scheme, secret, ...rest] = header.split(" ");
  if (scheme?.toLowerCase() !== "bearer" || secret === undefined || rest.length > 0) {
    throw new LockstepError("UNAUTHENTICATED");
  }
  return isToken(secret)
    ? principalOfToken(keysOf(parts), secret, address)
    : principalOfKey(keysOf(parts), secret, address);
}

function referencePage(routes: readonly Route[]): string {
  const templates = join(packageRoot(), "templates");
  const assets = loadAssets(packageRoot());
  const render = createRenderer(templates, assets.address);
  const shell = { title: "API reference", theme: "system", styles: ["base.css", "reference.css"] };
  return render("reference", { shell, view: referenceView(routes) });
}
