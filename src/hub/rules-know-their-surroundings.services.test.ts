/** What a decision asks of the master's broker, of the master's figures and of the calendar. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CalendarStore, postgresCalendarStore } from "../calendar/store.ts";
import { parseFixed } from "../domain/fixed.ts";
import type { Sessions } from "../domain/sessions.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { postgresSymbolMappingStore } from "../symbols/store.ts";
import { decisionsSaid } from "../testing/decisions-said.ts";
import { eventually } from "../testing/eventually.ts";
import { signalOf } from "../testing/follower-builders.ts";
import { createWorld, settled, TENANT, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import { through } from "../testing/through.ts";
import { accountRefOf, brokerIdOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

let stage: Stage;
let world: World;
let hub: Hub;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

async function start(rules: object): Promise<void> {
  world = createWorld({ followers: 1 });
  await stage.enrol(world, rules);
  hub = await stage.start(world);
}

const said = () => decisionsSaid(stage.database.admin);
const open = async (symbol: string, lots = "0.1"): Promise<void> => {
  world.trade({ symbol, volume: parseFixed(lots) });
  await settled(hub);
};
function quoteThere(symbol: string, bid: string, ask: string): void {
  const price = { symbol, bid: parseFixed(bid), ask: parseFixed(ask) };
  world.brokers.beta.applyQuotes([price], Date.now());
  world.brokers.beta.publish();
}

test("brokers whose mids lie more than half a percent apart do not mean the same thing", async () => {
  await start({ guards: { maxDeviationPoints: null } });
  quoteThere("EURUSD.b", "1.10540", "1.10550");
  await open("EURUSD");
  quoteThere("EURUSD.b", "1.10600", "1.10610");
  await open("EURUSD");
  expect(await said()).toEqual(["open copy 0.1", "open skip NO_PRICE 0"]);
});

test("a running hub keeps away from releases of a calendar that is imported meanwhile", async () => {
  await start({ news: { impact: ["high"], beforeMinutes: 10, afterMinutes: 10 } });
  await open("EURUSD");
  const store: CalendarStore = postgresCalendarStore(stage.database.sql);
  const release = (at: number) => ({
    ...{ at, until: at, currency: "USD", impact: "high" as const, title: "NFP" },
  });
  const later = Date.now() + 3_600_000;
  const calendar = { source: "week", by: "test" };
  await store.import(TENANT_ID, { ...calendar, sha256: "1", events: [release(later)] });
  const known = () => hub.surroundings.calendar(TENANT_ID);
  await eventually("the calendar is read", () => known()?.lastAt === later);
  await open("NZDUSD");
  const now = Date.now();
  await store.import(TENANT_ID, { ...calendar, sha256: "2", events: [release(now)] });
  await eventually("the next one is read", () => known()?.lastAt === now);
  await open("XAUUSD");
  hub = await successor(stage, world, hub);
  await open("NZDUSD");
  expect(await said()).toEqual([
    "open skip NEWS_WINDOW 0",
    "open copy 0.1",
    "open skip NEWS_WINDOW 0",
    "open skip NEWS_WINDOW 0",
  ]);
});

test("a master's drawdown is measured from its highest known equity, also by the next owner", async () => {
  await start({ masterDrawdown: { below: "0.05" }, guards: { maxDeviationPoints: null } });
  await open("EURUSD", "10");
  world.quote("EURUSD", "1.09600", "1.09610");
  // 10 lots have lost 4,100 of 100,000 USD; then 6,100.
  await open("NZDUSD");
  world.quote("EURUSD", "1.09400", "1.09410");
  await open("NZDUSD");
  hub = await successor(stage, world, hub);
  await open("NZDUSD");
  expect(await said()).toEqual([
    "open copy 10",
    "open copy 0.1",
    "open skip MASTER_DRAWDOWN 0",
    "open skip MASTER_DRAWDOWN 0",
  ]);
});

test("what somebody confirmed for the two brokers goes before the rules' own map", async () => {
  await start({ guards: { maxDeviationPoints: null } });
  await open("EURUSD");
  const [master, follower] = ["alpha", "beta"].map((name) => brokerIdOf(TENANT, name));
  const brokers = { masterBrokerId: master ?? "", followerBrokerId: follower ?? "" };
  await stage.database.admin`insert into symbols (tenant_id, broker_id, name, facts)
    values (${TENANT_ID}, ${brokers.followerBrokerId}, 'NZDUSD.b', '{}') on conflict do nothing`;
  const store = postgresSymbolMappingStore(stage.database.sql);
  // A hand that maps one pair to another, so that it can be told from the suffix.
  const told = { by: "Ada", reason: "a test", at: Date.now() };
  const priceFactor = parseFixed("0.54546");
  await store.confirm(TENANT_ID, brokers, {
    symbol: "EURUSD",
    to: "NZDUSD.b",
    priceFactor,
    ...told,
  });
  const signal = { tenantId: TENANT_ID, masterId: accountRefOf(TENANT, world.master).accountId };
  const mapped = () =>
    hub.surroundings.mapped({ ...signalOf(signal), symbol: "EURUSD" }, brokers.followerBrokerId);
  await eventually("the mapping is read", () => mapped()?.name === "NZDUSD.b");
  await open("EURUSD");
  await open("XAUUSD");
  const rows = await stage.database.admin`select symbol from instructions order by ledger_order`;
  expect(rows.map((row) => row["symbol"])).toEqual(["EURUSD.b", "NZDUSD.b", "XAUUSD.b"]);
});

test("an open that meets a closed market is skipped, and never made up for when it opens", async () => {
  const isClosed: Sessions = { aheadMs: 0, days: [] };
  const shut = (inner: Gateway): Gateway => ({
    ...through(inner, {}),
    symbols: async (account) =>
      (await inner.symbols(account)).map((spec) =>
        spec.name === "NZDUSD.b" ? { ...spec, sessions: isClosed } : spec,
      ),
  });
  world = createWorld({ followers: 1 });
  await stage.enrol(world, {});
  const gateways = new Map([...world.gateways].map(([id, inner]) => [id, shut(inner)]));
  hub = await stage.start(world, { gateways });
  await open("NZDUSD");
  await open("EURUSD");
  expect(await said()).toEqual(["open skip MARKET_CLOSED 0", "open copy 0.1"]);
});
