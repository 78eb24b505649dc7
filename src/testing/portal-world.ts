/** The rooms of the portal over a hub that has copied one trade, with a hostile name in the ledger. */

import { randomBytes, randomInt } from "node:crypto";
import { type App, type AppDeps, createApp } from "../app.ts";
import { SimulatedAccounts } from "../demo/opening.ts";
import { addDemoRoom } from "../demo/room.ts";
import { parseFixed } from "../domain/fixed.ts";
import { tenantIdOf } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import type { Principal } from "../identity/principal.ts";
import { LiveView } from "../live/service.ts";
import { PairingService } from "../pairing/service.ts";
import { pairingSteps } from "../pairing/steps.ts";
import { systemClock as clock, systemTimers as timers } from "../platform/clock.ts";
import type { Sql } from "../platform/postgres.ts";
import { sealer } from "../platform/sealed.ts";
import { openNotify } from "../rest.ts";
import { openRooms } from "../rooms.ts";
import { createWorld, settled, TENANT, type World } from "./harness.ts";
import { openStage, type Stage } from "./stage.ts";

export const HOSTILE = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>"'>{{x}}`;

export type PortalWorld = {
  readonly stage: Stage;
  readonly world: World;
  readonly hub: Hub;
  readonly portal: App;
  readonly tenantId: string;
  /** Who looks from now on. */
  lookAs(principal: Principal | null): void;
  /** Ids of the first of each, by the name that stands for it in a path. */
  readonly ids: Readonly<Record<"account" | "strategy" | "subscription", string>>;
  readonly faults: string[];
  close(): Promise<void>;
};

type Pages = NonNullable<AppDeps["pages"]>;

/** `more`: pages beside the rooms. */
export async function openPortalWorld(
  more: (stage: Stage) => Pages = () => [],
): Promise<PortalWorld> {
  const stage = await openStage();
  const plain = createWorld({ followers: 3 });
  const [first, ...others] = plain.followers;
  if (first === undefined) throw new Error("the world has no follower");
  const world: World = { ...plain, followers: [{ ...first, name: HOSTILE }, ...others] };
  await stage.enrol(world);
  const { sql } = stage.database;
  const tenantId = tenantIdOf(TENANT);
  const live = new LiveView({ tenantId, environment: "DEMO", clock, timers });
  const hub = await stage.start(world, { observer: live.observer });
  live.attach(hub);
  world.trade({ volume: parseFixed("0.9") });
  await settled(hub);
  await live.read(sql);
  const faults: string[] = [];
  const log = (words: string, { error }: Readonly<Record<string, unknown>>): void =>
    void faults.push(`${words}: ${error instanceof Error ? error.stack : String(error)}`);
  const connect = connectIn(sql, world);
  const notify = openNotify(sql, sealer(randomBytes(32)));
  const rooms = openRooms({
    live,
    tenantId,
    clock,
    timers,
    log,
    sql: () => sql,
    connect,
    webhooks: () => notify,
  });
  let looking: Principal | null = null;
  const portal = createApp({
    ...{ source: live, timers, log, clock, environment: "DEMO", development: true },
    authenticate: async () => looking,
    pages: [...rooms.pages, (one) => addDemoRoom(one, () => null), ...more(stage)],
    finders: rooms.finders,
  });
  return {
    ...{ stage, world, hub, portal, tenantId, faults },
    lookAs: (principal) => {
      looking = principal;
    },
    ids: await idsOf(stage),
    async close() {
      rooms.close();
      portal.stream.close();
      await hub.stop();
      await stage.close();
    },
  };
}

function connectIn(sql: Sql, { brokers, gateways }: World) {
  const named = [
    { name: "alpha", broker: brokers.alpha },
    { name: "beta", broker: brokers.beta },
  ];
  const random = (below: number): number => randomInt(below);
  const parts = { sql, tenant: TENANT, brokers: named, gateways, random };
  const [simulated, seal] = [new SimulatedAccounts(parts), sealer(randomBytes(32))];
  const pairings = new PairingService(sql, seal, clock);
  const terminals = {
    ...{ host: "127.0.0.1", port: 8421, httpPort: 8422, address: "127.0.0.1" },
    ...{ certFile: null, keyFile: null },
  };
  return {
    ...{ simulated: () => simulated, pairings: () => pairings, notListening: null },
    steps: (code: string) => pairingSteps(terminals, code),
  };
}

async function idsOf({ database }: Stage): Promise<PortalWorld["ids"]> {
  const [row] = await database.sql.begin(async (tx) => {
    await tx`select set_config('lockstep.tenant', ${tenantIdOf(TENANT)}, true)`;
    return tx<PortalWorld["ids"][]>`
      select s.account_id as account, s.strategy_id as strategy, s.subscription_id as subscription
      from subscriptions s join accounts a using (account_id) where a.name = ${HOSTILE}`;
  });
  if (row === undefined) throw new Error("the world has no subscription");
  return row;
}
