/** A tenant with everything that the API shows, and an id of each kind of thing in it. */

import { Streams } from "../api/stream/hub.ts";
import { parseFixed } from "../domain/fixed.ts";
import { sandboxOf } from "../gateway/simulator/sandbox.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import type { NotifyService } from "../notify/service.ts";
import { systemTimers } from "../platform/clock.ts";
import { sealer } from "../platform/sealed.ts";
import { openNotify } from "../rest.ts";
import { createWorld, settled, TENANT, type World } from "./harness.ts";
import { type Ask, type TestRest, testRest } from "./rest.ts";
import { openStage, type Stage } from "./stage.ts";

export const OURS = tenantIdOf(TENANT);
const THEM = "another tenant";
export const THEIRS = tenantIdOf(THEM);

export type RestWorld = {
  readonly stage: Stage;
  readonly world: World;
  readonly hub: Hub;
  readonly rest: TestRest;
  readonly notify: NotifyService;
  /** What webhooks were sent, instead of over a network. */
  readonly sent: Sent[];
  /** An admin's keys. */
  readonly key: string;
  readonly theirKey: string;
  /** By the name that stands for it in a path. */
  readonly ids: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

/** The tenant TENANT with a trade that was copied, and another one that has nothing. */
export async function openRestWorld(): Promise<RestWorld> {
  const stage = await openStage();
  const world = createWorld({ followers: 2 });
  await stage.enrol(world);
  const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
  await enrol(stage.database.sql, { ...nothing, tenant: THEM, at: 0, by: "test" });
  const held: { hub: Hub | null } = { hub: null };
  const streams = new Streams({
    ...{ hub: () => held.hub, now: Date.now, timers: systemTimers, log: () => {} },
  });
  const hub = await stage.start(world, { observer: streams.source.observer });
  held.hub = hub;
  world.trade({ volume: parseFixed("0.9") });
  await settled(hub);
  const sent: Sent[] = [];
  const notify = openNotify(
    stage.database.sql,
    sealer(Buffer.alloc(32, 1)),
    async (url, message) => {
      sent.push({ url: url.href, ...message });
      return { status: 204, error: null };
    },
  );
  const sandbox = sandboxOf(Object.values(world.brokers), world.gateways);
  const rest = testRest(stage.database.sql, { streams, notify, sandbox: () => sandbox });
  const key = await rest.keyOf(OURS, "admin");
  const webhook = await madeWebhook(rest, key);
  await notify.turn();
  world.trade({ volume: parseFixed("0.1") });
  await settled(hub);
  await notify.turn();
  const known = await idsOf(rest, { key });
  const divergence = await madeDivergence(stage, rest, key);
  const operation = await madeOperation(rest, { key, strategy: known["strategy"] });
  const group = await rest.ask("/v1/groups", {
    ...{ key, method: "POST", body: { name: "A group", accounts: [known["account"]] } },
  });
  const unused = await madeUnused(rest, key);
  const terminal = await madeTerminal(rest, key);
  const deliveries = await rest.ask(`/v1/webhooks/${webhook}/deliveries`, { key });
  return {
    ...{ stage, world, hub, rest, key, notify, sent },
    theirKey: await rest.keyOf(THEIRS, "admin"),
    ids: {
      ...{ ...known, divergence, operation, webhook, delivery: deliveries.body.data[0].id },
      ...{ group: group.body.id, "unused account": unused, ...terminal },
    },
    async close() {
      streams.close();
      await hub.stop();
      await stage.close();
    },
  };
}

export type Sent = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

async function madeWebhook(rest: TestRest, key: string): Promise<string> {
  const body = { url: "https://hooks.example.com/in", types: ["signal.committed"] };
  return (await rest.ask("/v1/webhooks", { key, method: "POST", body })).body.id;
}

/** An account that no hub serves, put away. */
async function madeUnused(rest: TestRest, key: string): Promise<string> {
  const post = { key, method: "POST" };
  const body = { broker: "gamma", login: "unused", name: "Unused", currency: "USD" };
  const { id } = (await rest.ask("/v1/accounts", { ...post, body })).body;
  await rest.ask(`/v1/accounts/${id}/archive`, { ...post, body: { reason: "A test." } });
  return id;
}

/** An account that waits for a terminal. */
async function madeTerminal(rest: TestRest, key: string): Promise<Record<string, string>> {
  const post = { key, method: "POST" };
  const body = { broker: "gamma", login: "1001", name: "Awaited" };
  const { id } = (await rest.ask("/v1/accounts", { ...post, body })).body;
  const { body: code } = await rest.ask(`/v1/accounts/${id}/pairing_codes`, post);
  return { "terminal account": id, connection: code.connection_id };
}

/** One that no owner knows of: it is looked at, and asked for. */
async function madeDivergence(stage: Stage, rest: TestRest, key: string): Promise<string> {
  await stage.database.admin`
    insert into divergences (tenant_id, divergence_id, account_id, subscription_id, position,
      symbol, cause, expected, actual, opened_at)
    select tenant_id, gen_random_uuid(), account_id, subscription_id, 'none', 'EURUSD.b',
      'REJECTED', 1, 0, now() from subscriptions order by subscription_id limit 1`;
  return (await rest.ask("/v1/divergences", { key })).body.data[0].id;
}

async function madeOperation(
  rest: TestRest,
  { key, strategy }: { readonly key: string; readonly strategy: string | undefined },
): Promise<string> {
  const told = await rest.ask("/v1/operations", {
    ...{ key, method: "POST", headers: { "Idempotency-Key": "first" } },
    body: {
      ...{ action: "pause", reason: "A test.", dry_run: true },
      selector: { strategy_id: strategy },
    },
  });
  return told.body.id;
}

const LISTS = ["account", "signal", "decision"];

async function idsOf(rest: TestRest, ask: Ask): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of LISTS) {
    const { body } = await rest.ask(`/v1/${name}s`, ask);
    ids[name] = body.data[0].id;
  }
  const { body } = await rest.ask("/v1/subscriptions", ask);
  const { id: subscription, strategy_id: strategy, account_id: account } = body.data[0];
  const broker = (await rest.ask(`/v1/accounts/${account}`, ask)).body.broker_id;
  const masters = (await rest.ask(`/v1/strategies/${strategy}`, ask)).body.broker_id;
  return { ...ids, subscription, strategy, broker, "master broker": masters };
}
