/** A tenant with everything that the API shows, and an id of each kind of thing in it. */

import { Streams } from "../api/stream/hub.ts";
import { parseFixed } from "../domain/fixed.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import { systemTimers } from "../platform/clock.ts";
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
  const rest = testRest(stage.database.sql, { streams });
  const key = await rest.keyOf(OURS, "admin");
  return {
    ...{ stage, world, hub, rest, key },
    theirKey: await rest.keyOf(THEIRS, "admin"),
    ids: await idsOf(rest, { key }),
    async close() {
      streams.close();
      await hub.stop();
      await stage.close();
    },
  };
}

const LISTS = ["account", "signal", "decision"];

async function idsOf(rest: TestRest, ask: Ask): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of LISTS) {
    const { body } = await rest.ask(`/v1/${name}s`, ask);
    ids[name] = body.data[0].id;
  }
  const { body } = await rest.ask("/v1/subscriptions", ask);
  return { ...ids, subscription: body.data[0].id, strategy: body.data[0].strategy_id };
}
