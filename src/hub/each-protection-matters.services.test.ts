import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PARTITION_COUNT, partitionOf } from "../domain/ids.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { CALM } from "../gateway/simulator/faults.ts";
import type { Protection, Protections } from "../platform/protections.ts";
import { allProtections, protectionsWithout } from "../platform/protections.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, type WorldOptions } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { through } from "../testing/through.ts";
import { accountRefOf, brokerIdOf } from "./enrol.ts";

const NEVER_MS = 600_000;
const LATE_KEY = "LATE000000000000";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

async function worldOf(options: Partial<WorldOptions> = {}) {
  const world = createWorld({ followers: 1, ...options });
  await stage.enrol(world);
  const login = world.followers[0]?.login ?? "";
  const held = () => world.brokers.beta.snapshot(login).positions.map((one) => one.volume);
  const master = accountRefOf(world.tenant, world.master);
  const requests = (key: string) =>
    world.records().beta.filter((one) => one.type === "request" && one.key === key).length;
  /** The gateways, with the master's seen through something. */
  const masters = (change: (inner: Gateway) => Gateway): ReadonlyMap<string, Gateway> => {
    const id = brokerIdOf(world.tenant, "alpha");
    return new Map<string, Gateway>(
      [...world.connect()].map(([key, one]) => [key, key === id ? change(one) : one]),
    );
  };
  return { world, held, master, requests, masters };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const counted = async (table: string): Promise<number> => {
  const { admin } = stage.database;
  const [row] = await admin<{ count: number }[]>`
    select count(*)::int as count from ${admin(table)}`;
  return row?.count ?? 0;
};

/** A hub that froze with an order in its hands, and wakes up after another has taken over. */
async function wakesUpLate(protections: Protections) {
  const { world, requests, held } = await worldOf();
  const sent: LedgerInstruction[] = [];
  let frozen = false;
  const gateways = new Map(
    [...world.gateways].map(([id, inner]) => [id, through(inner, { hears: () => !frozen })]),
  );
  const old = await stage.start(world, {
    gateways,
    protections: (name) => !frozen || protections(name),
    turnMs: NEVER_MS,
    leaseMs: 1_000,
    observer: { resolved: (instruction) => void sent.push(instruction) },
  });
  world.trade({});
  await settled(old);
  frozen = true;
  const next = await stage.start(world, { slot: "b", gateways: world.connect() });
  await eventually("taken over", () => next.watchers.size === 1);
  await next.turn();
  world.trade({ symbol: "NZDUSD" });
  await settled(next);
  const [known] = sent;
  if (known === undefined) throw new Error("nothing was sent");
  old.lanes.submit([{ ...known, key: LATE_KEY, validUntil: null }]);
  await pause(50);
  return { asked: requests(LATE_KEY), held: held().length };
}

/** The others are shown by seeds of the simulation, or beside what they protect. */
type Here = Extract<
  Protection,
  | "signal-deduplicated"
  | "local-deadline"
  | "fence-checked"
  | "ledger-before-send"
  | "unknown-is-not-rejected"
  | "quarantine"
  | "sweep"
  | "gap-means-snapshot"
  | "closing-deal-required"
>;

/** What each scenario comes to: with the protection, and without it. */
const SCENARIOS: Readonly<
  Record<
    Here,
    { readonly run: (on: Protections) => Promise<unknown>; readonly is: unknown; without: unknown }
  >
> = {
  "signal-deduplicated": {
    async run(protections) {
      const { world } = await worldOf();
      const hub = await stage.start(world, { protections });
      world.trade({});
      await settled(hub);
      for (const watcher of hub.watchers.values()) watcher.resync();
      await settled(hub);
      return counted("signals");
    },
    is: 1,
    without: 2,
  },
  "local-deadline": {
    run: async (protections) => (await wakesUpLate(protections)).asked,
    is: 0,
    without: 1,
  },
  "fence-checked": {
    // Behind the deadline: what slips through it is refused by a broker that checks fences.
    run: async (on) => (await wakesUpLate((name) => name !== "local-deadline" && on(name))).held,
    is: 2,
    without: 3,
  },
  "ledger-before-send": {
    async run(protections) {
      const { world, held } = await worldOf();
      await stage.start(world, { protections });
      await stage.database.admin`
        alter table decisions add constraint broken check (false) not valid`;
      world.trade({});
      await pause(300);
      return { held: held().length, instructions: await counted("instructions") };
    },
    is: { held: 0, instructions: 0 },
    without: { held: 1, instructions: 0 },
  },
  "unknown-is-not-rejected": {
    async run(protections) {
      let orders = 0;
      const fates = () => ({ ...CALM, lost: orders++ === 0 ? ("reply" as const) : null });
      const { world, held } = await worldOf({ simulator: { fates, quarantineMs: 100 } });
      const hub = await stage.start(world, { protections });
      world.trade({});
      await settled(hub);
      return held().length;
    },
    is: 1,
    without: 2,
  },
  quarantine: {
    async run(protections) {
      let orders = 0;
      const fates = () => ({ ...CALM, lost: orders++ === 0 ? ("reply" as const) : null });
      // The broker's history shows an order late, but within the quarantine.
      const simulator = { fates, quarantineMs: 800, historyLagMs: 600 };
      const { world, held } = await worldOf({ simulator });
      const hub = await stage.start(world, { protections });
      world.trade({});
      await settled(hub);
      return held().length;
    },
    is: 1,
    without: 2,
  },
  sweep: {
    async run(protections) {
      const { world, master } = await worldOf({ followers: 6 });
      const all = Array.from({ length: PARTITION_COUNT }, (_, index) => index);
      const masters = partitionOf(master.accountId);
      const deaf = { ...stage.doorbells, listen: async () => async () => {} };
      await stage.start(world, {
        slot: "b",
        protections,
        doorbells: deaf,
        turnMs: 100,
        only: new Set(all.filter((one) => one !== masters)),
        gateways: world.connect(),
      });
      await stage.start(world, { only: new Set([masters]) });
      const others = world.followers.filter(
        (one) => partitionOf(accountRefOf(world.tenant, one).accountId) !== masters,
      );
      world.trade({});
      await pause(700);
      return (await counted("decisions")) >= others.length;
    },
    is: true,
    without: false,
  },
  "gap-means-snapshot": {
    async run(protections) {
      const { world, masters } = await worldOf();
      let events = 0;
      const gateways = masters((inner) =>
        through(inner, { hears: (event) => event.type !== "event" || ++events !== 2 }),
      );
      const hub = await stage.start(world, { protections, gateways });
      await settled(hub);
      for (const symbol of ["EURUSD", "NZDUSD", "EURUSD"]) world.trade({ symbol });
      await settled(hub);
      return counted("signals");
    },
    is: 3,
    without: 2,
  },
  "closing-deal-required": {
    async run(protections) {
      const { world, masters, held } = await worldOf();
      let empty = false;
      const gateways = masters((inner) =>
        through(inner, {
          snapshot: async (account) => {
            const read = await inner.snapshot(account);
            return empty ? { ...read, positions: [] } : read;
          },
        }),
      );
      const hub = await stage.start(world, { protections, gateways });
      world.trade({});
      await settled(hub);
      empty = true;
      for (const watcher of hub.watchers.values()) watcher.resync();
      await settled(hub);
      return { held: held().length, incidents: await counted("incidents") };
    },
    is: { held: 1, incidents: 1 },
    without: { held: 0, incidents: 0 },
  },
};

const names = Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[];

describe.each(names)("%s", (name) => {
  const { run, is, without } = SCENARIOS[name];

  test("holds", async () => {
    expect(await run(allProtections)).toEqual(is);
  });

  test("and its absence is seen", async () => {
    expect(await run(protectionsWithout(name))).toEqual(without);
  });
});
