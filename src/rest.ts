/** The API over a ledger: its services, and every route it has. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Context, Hono } from "hono";
import { AccountService } from "./accounts/service.ts";
import { accountChangeRoutes } from "./api/account-changes.ts";
import { accountRoutes } from "./api/accounts.ts";
import { createApi } from "./api/api.ts";
import { BrokerBudget } from "./api/broker-budget.ts";
import { type BrokerParts, brokerRoutes } from "./api/brokers.ts";
import { connectionRoutes } from "./api/connections.ts";
import { deskRoutes } from "./api/desk.ts";
import { groupRoutes } from "./api/groups.ts";
import { keyRoutes, userRoutes } from "./api/keys.ts";
import { killRoutes } from "./api/kill-switches.ts";
import { layerRoutes } from "./api/layers.ts";
import { operationRoutes } from "./api/operations.ts";
import { BROKER_LIMIT, type RateLimit, RateLimiter } from "./api/rate-limit.ts";
import { realignRoutes } from "./api/realign.ts";
import { reapplyRoutes } from "./api/reapply.ts";
import { reenableRoute } from "./api/reenable.ts";
import { referenceView } from "./api/reference.ts";
import type { Route } from "./api/route.ts";
import { sandboxRoutes } from "./api/sandbox.ts";
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
import type { Sandbox } from "./gateway/simulator/sandbox.ts";
import { IdempotencyService } from "./idempotency/service.ts";
import { addressOf } from "./identity/address.ts";
import { principalOfKey } from "./identity/keys/service.ts";
import { listPeople } from "./identity/people/manage.ts";
import type { Authenticate } from "./identity/policy.ts";
import type { Principal } from "./identity/principal.ts";
import { isToken, principalOfToken, type TokenKeys } from "./identity/tokens/service.ts";
import { setTags } from "./labels/service.ts";
import { systemResolve } from "./notify/guard.ts";
import { httpsPost } from "./notify/post.ts";
import { NotifyService } from "./notify/service.ts";
import { PairingService } from "./pairing/service.ts";
import { type Clock, systemClock, systemTimers } from "./platform/clock.ts";
import { packageRoot } from "./platform/package-root.ts";
import { openPostgres, type Sql } from "./platform/postgres.ts";
import { sealer as makeSealer, type Sealer } from "./platform/sealed.ts";
import { oneTokenKey } from "./platform/token-keys.ts";
import { loadAssets } from "./portal/assets.ts";
import { createRenderer } from "./portal/renderer.ts";
import { AccountRecords } from "./records/accounts.ts";
import { BrokerRecords } from "./records/brokers.ts";
import { CopyRecords } from "./records/copies.ts";
import { DeskRecords } from "./records/desk.ts";
import { GroupRecords } from "./records/groups.ts";
import { only } from "./records/view.ts";
import { WebhookRecords } from "./records/webhooks.ts";
import { LayerService } from "./subscriptions/layers/service.ts";
import { ReapplyService } from "./subscriptions/reapply/service.ts";
import { SubscriptionService } from "./subscriptions/service.ts";
import { SymbolService } from "./symbols/service.ts";

const KEY_BYTES = 32;

export type RestParts = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: ServeDeps["log"];
  /** Of a key, and of what is changed at one broker. */
  readonly rateLimit?: RateLimit;
  readonly brokerLimit?: RateLimit;
  /** Who has signed in at the portal; absent: keys alone are taken. */
  readonly session?: Authenticate;
  readonly streams: Streams;
  readonly notify: NotifyService;
  /** What signs short-lived tokens of keys; absent: a key of this process's own. */
  readonly tokens?: TokenKeys;
  /** Keeps what nobody may read in the ledger. */
  readonly sealer: Sealer;
  /** Simulated brokers of this process; absent: none. */
  readonly sandbox?: () => Sandbox | null;
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
  const now = (): number => clock.now();
  const subscriptions = new SubscriptionService(sql, now);
  const layers = new LayerService(sql, now);
  const accounts = new AccountRecords(sql, (id) => parts.streams.figuresOf(id));
  const copies = new CopyRecords(sql);
  const desk = new DeskRecords(sql);
  return [
    ...accountsOf(parts, accounts),
    ...layerRoutes(layers),
    ...brokerRoutes(brokerParts(parts)),
    ...strategyRoutes(copies, subscriptions),
    ...reapplyRoutes(new ReapplyService(sql)),
    ...subscriptionRoutes({ records: copies, accounts, service: subscriptions, layers }),
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
      ...{ sql, desk, service: subscriptions, now, newId: () => randomUUID() },
      timers: systemTimers,
      log: (words, error) => parts.log(words, { error }),
    }),
    ...sandboxRoutes({
      ...{ records: accounts, timers: systemTimers, sandbox: parts.sandbox ?? (() => null) },
    }),
    ...killRoutes({ sql, copies }),
    ...keyRoutes(keysOf(parts)),
    ...tokenRoutes(keysOf(parts)),
    ...userRoutes((principal) => listPeople({ sql }, principal)),
  ];
}

function accountsOf(
  { sql, clock, streams, sealer }: RestParts,
  records: AccountRecords,
): readonly Route[] {
  const now = (): number => clock.now();
  const pairing = new PairingService(sql, sealer, clock);
  const service = new AccountService(sql, now);
  return [
    ...accountRoutes(records),
    ...accountChangeRoutes({
      ...{ records, service, pairing, setTags: (by, wanted) => setTags(sql, by, wanted) },
    }),
    reenableRoute({ sql, records, now }),
    ...connectionRoutes({ pairing, records, isOnline: (id) => streams.isOnline(id) }),
    ...groupRoutes(new GroupRecords(sql, records), { sql, now, newId: () => randomUUID() }),
  ];
}

function brokerParts({ sql, clock, streams }: RestParts): BrokerParts {
  const quote = (brokerId: string, symbol: string) => streams.marketOf(brokerId)?.quote(symbol);
  return {
    records: new BrokerRecords(sql),
    symbols: new SymbolService({ sql, now: () => clock.now(), quote }),
    quotes: (brokerId) => streams.marketOf(brokerId)?.quotes ?? [],
  };
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
  const sealer = makeSealer(Buffer.alloc(KEY_BYTES));
  const parts = { sql, clock: systemClock, log: () => {}, streams: new Streams(deps), sealer };
  return restRoutes({ ...parts, notify: openNotify(sql, sealer) });
}

export function createRest(parts: RestParts): Hono {
  const { sql, clock, log, rateLimit, brokerLimit } = parts;
  const authenticate = async (context: Context): Promise<Principal | null> => {
    const header = context.req.header("authorization");
    if (header !== undefined) return principalOf(parts, header, addressOf(context));
    return parts.session === undefined ? null : parts.session(context);
  };
  const limiter = new RateLimiter(clock, rateLimit);
  const brokers = new BrokerBudget(
    sql,
    new RateLimiter(clock, brokerLimit ?? BROKER_LIMIT, "broker"),
  );
  const idempotency = new IdempotencyService(sql, clock, parts.sealer);
  const routes = restRoutes(parts);
  const deps = { authenticate, limiter, brokers, idempotency, clock, log };
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
