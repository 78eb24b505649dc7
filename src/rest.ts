/** The API over a ledger: its services, and every route it has. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Context, Hono } from "hono";
import { accountRoutes } from "./api/accounts.ts";
import { createApi } from "./api/api.ts";
import { deskRoutes } from "./api/desk.ts";
import { keyRoutes, userRoutes } from "./api/keys.ts";
import { killRoutes } from "./api/kill-switches.ts";
import { type RateLimit, RateLimiter } from "./api/rate-limit.ts";
import type { Route } from "./api/route.ts";
import type { ServeDeps } from "./api/serve.ts";
import { signalRoutes } from "./api/signals.ts";
import { strategyRoutes } from "./api/strategies.ts";
import { subscriptionRoutes } from "./api/subscriptions.ts";
import { LockstepError } from "./domain/errors.ts";
import { explainIn } from "./explain/read.ts";
import { IdempotencyService } from "./idempotency/service.ts";
import { addressOf } from "./identity/address.ts";
import { principalOfKey } from "./identity/keys/service.ts";
import { listPeople } from "./identity/people/manage.ts";
import type { Principal } from "./identity/principal.ts";
import type { Clock } from "./platform/clock.ts";
import type { Sql } from "./platform/postgres.ts";
import { AccountRecords } from "./records/accounts.ts";
import { CopyRecords } from "./records/copies.ts";
import { DeskRecords } from "./records/desk.ts";
import { only } from "./records/view.ts";
import { LayerService } from "./subscriptions/layers/service.ts";
import { SubscriptionService } from "./subscriptions/service.ts";

export type RestParts = {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: ServeDeps["log"];
  readonly rateLimit?: RateLimit;
};

const keysOf = ({ sql, clock }: RestParts) => ({
  ...{ sql, now: () => clock.now(), random: randomBytes, newId: () => randomUUID() },
});

export function restRoutes(parts: RestParts): readonly Route[] {
  const { sql, clock } = parts;
  const subscriptions = new SubscriptionService(sql, () => clock.now());
  const accounts = new AccountRecords(sql);
  const copies = new CopyRecords(sql);
  return [
    ...accountRoutes(accounts),
    ...strategyRoutes(copies, subscriptions),
    ...subscriptionRoutes(copies, subscriptions, new LayerService(sql, () => clock.now())),
    ...signalRoutes(copies, async ({ tenantId }, id) =>
      only(await explainIn(sql, tenantId, id), "decision"),
    ),
    ...deskRoutes(new DeskRecords(sql)),
    ...killRoutes({ sql, copies }),
    ...keyRoutes(keysOf(parts)),
    ...userRoutes((principal) => listPeople({ sql }, principal)),
  ];
}

export function createRest(parts: RestParts): Hono {
  const { sql, clock, log, rateLimit } = parts;
  const keys = keysOf(parts);
  const authenticate = async (context: Context): Promise<Principal | null> => {
    const header = context.req.header("authorization");
    if (header === undefined) return null;
    const [scheme, secret, ...rest] = header.split(" ");
    if (scheme?.toLowerCase() !== "bearer" || secret === undefined || rest.length > 0) {
      throw new LockstepError("UNAUTHENTICATED");
    }
    return principalOfKey(keys, secret, addressOf(context));
  };
  const limiter = new RateLimiter(clock, rateLimit);
  const idempotency = new IdempotencyService(sql, clock);
  return createApi(restRoutes(parts), { authenticate, limiter, idempotency, clock, log });
}
