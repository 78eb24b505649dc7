/**
 * A whole hub in a test: real Postgres, a real queue, simulated brokers that the test can steer.
 * One master at broker "alpha", followers at broker "beta" (symbols end in ".b").
 */

import { createHub, type HubParts } from "../deps.ts";
import { parseFixed } from "../domain/fixed.ts";
import { type BrokerOptions, SimulatedBroker } from "../gateway/simulator/broker.ts";
import { type BrokerLog, FileBrokerLog, MemoryBrokerLog } from "../gateway/simulator/broker-log.ts";
import { SimulatorGateway, type SimulatorOptions } from "../gateway/simulator/gateway.ts";
import type { OrderRequest, PriceQuote } from "../gateway/simulator/model.ts";
import type { LogRecord } from "../gateway/simulator/records.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../gateway/simulator/symbols.ts";
import { accountRefOf, brokerIdOf, type EnrolAccount, enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Hub } from "../hub/hub.ts";
import { systemClock, systemTimers } from "../platform/clock.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import type { Sql } from "../platform/postgres.ts";

export const TENANT = "test";
export const SUFFIX = ".b";
const BASES = ["EURUSD", "NZDUSD", "XAUUSD"];

export const PRICES: readonly (readonly [string, string, string])[] = [
  ["EURUSD", "1.10000", "1.10010"],
  ["NZDUSD", "0.60000", "0.60010"],
  ["XAUUSD", "2000.000", "2000.200"],
];

export type World = {
  readonly tenant: string;
  readonly master: EnrolAccount;
  readonly followers: readonly EnrolAccount[];
  readonly brokers: { readonly alpha: SimulatedBroker; readonly beta: SimulatedBroker };
  readonly gateways: ReadonlyMap<string, SimulatorGateway>;
  /** Further connections to the same brokers, as another process of the hub has them. */
  connect(options?: Partial<SimulatorOptions>): ReadonlyMap<string, SimulatorGateway>;
  readonly logs: { readonly alpha: BrokerLog; readonly beta: BrokerLog };
  /** What the brokers logged, where they log to memory. */
  records(): { readonly alpha: readonly LogRecord[]; readonly beta: readonly LogRecord[] };
  quote(symbol: string, bid: string, ask: string): void;
  /** A manual order of the master. */
  trade(order: Partial<OrderRequest>): ReturnType<SimulatedBroker["trade"]>;
};

export type WorldOptions = {
  readonly followers: number;
  readonly positionMode?: "hedging" | "netting";
  /** Of the followers' broker. */
  readonly simulator?: Partial<SimulatorOptions>;
  /** Of the master's broker. */
  readonly masterSimulator?: Partial<SimulatorOptions>;
  readonly masterMode?: "hedging" | "netting";
  /** Lots of a triggered pending order that a quote fills, at either broker. */
  readonly partOf?: BrokerOptions["partOf"];
  readonly logs?: { readonly alpha: BrokerLog; readonly beta: BrokerLog };
  readonly tenant?: string;
};

export function createWorld(options: WorldOptions): World {
  const tenant = options.tenant ?? TENANT;
  const logs = options.logs ?? { alpha: new MemoryBrokerLog(), beta: new MemoryBrokerLog() };
  const { partOf } = options;
  const account = (broker: string, login: string): EnrolAccount => ({
    broker,
    login,
    name: login,
    currency: "USD",
    positionMode: (broker === "beta" ? options.positionMode : options.masterMode) ?? "hedging",
    leverage: parseFixed("100"),
  });
  const master = account("alpha", "master");
  const followers = Array.from({ length: options.followers }, (_, index) =>
    account("beta", `follower-${String(index + 1).padStart(5, "0")}`),
  );
  const alpha = brokerOf(tenant, "alpha", { log: logs.alpha, suffix: "", partOf });
  const beta = brokerOf(tenant, "beta", { log: logs.beta, suffix: SUFFIX, partOf });
  open(alpha, [master]);
  open(beta, followers);
  const refs = followers.map((one) => accountRefOf(tenant, one));
  const connect = (simulator = options.simulator): ReadonlyMap<string, SimulatorGateway> =>
    new Map([
      [alpha.brokerId, gatewayOf(alpha, [accountRefOf(tenant, master)], options.masterSimulator)],
      [beta.brokerId, gatewayOf(beta, refs, simulator)],
    ]);
  const world: World = {
    tenant,
    master,
    followers,
    brokers: { alpha, beta },
    gateways: connect(),
    connect,
    logs,
    records: () => ({ alpha: recordsOf(logs.alpha), beta: recordsOf(logs.beta) }),
    quote(symbol, bid, ask) {
      const price = (name: string): PriceQuote => ({
        symbol: name,
        bid: parseFixed(bid),
        ask: parseFixed(ask),
      });
      beta.applyQuotes([price(symbol + SUFFIX)], Date.now());
      alpha.applyQuotes([price(symbol)], Date.now());
      beta.publish();
      alpha.publish();
    },
    trade: (order) =>
      alpha.trade("master", {
        kind: "open",
        symbol: "EURUSD",
        side: "buy",
        volume: parseFixed("1"),
        positionId: null,
        stopLoss: null,
        takeProfit: null,
        magic: 77,
        comment: "",
        ...order,
      }),
  };
  for (const [symbol, bid, ask] of PRICES) world.quote(symbol, bid, ask);
  return world;
}

const recordsOf = (log: BrokerLog): readonly LogRecord[] =>
  log instanceof MemoryBrokerLog ? log.records : [];

function brokerOf(
  tenant: string,
  name: string,
  {
    log,
    suffix,
    partOf,
  }: Pick<WorldOptions, "partOf"> & {
    readonly log: BrokerLog;
    readonly suffix: string;
  },
): SimulatedBroker {
  return new SimulatedBroker({
    brokerId: brokerIdOf(tenant, name),
    symbols: symbolsOf(BASES, {
      ...DEFAULT_VARIANT,
      names: suffix === "" ? "plain" : { suffix },
    }),
    clock: systemClock,
    log,
    ...(partOf === undefined ? {} : { partOf }),
    history: log instanceof FileBrokerLog ? log.history.records : [],
  });
}

function open(broker: SimulatedBroker, accounts: readonly EnrolAccount[]): void {
  for (const { login, currency, positionMode, leverage } of accounts) {
    const balance = parseFixed("100000");
    broker.openAccount({ login, currency, positionMode, leverage, balance, credit: 0n });
  }
}

function gatewayOf(
  broker: SimulatedBroker,
  accounts: SimulatorOptions["accounts"],
  options: Partial<SimulatorOptions> = {},
): SimulatorGateway {
  return new SimulatorGateway({
    broker,
    accounts,
    clock: systemClock,
    timers: systemTimers,
    quarantineMs: 300,
    ...options,
  });
}

/** Enters the world's accounts, one strategy and a subscription for each follower. */
export async function enrolWorld(
  sql: Sql,
  world: World,
  options: { readonly rules?: object; readonly tenant?: string } = {},
): Promise<void> {
  const rules = {
    sizing: { mode: "multiplier" },
    symbolMap: { suffix: SUFFIX },
    ...(options.rules ?? {}),
  };
  await enrol(sql, {
    tenant: options.tenant ?? TENANT,
    brokers: [
      { name: "alpha", gateway: "simulator" },
      { name: "beta", gateway: "simulator" },
    ],
    accounts: [world.master, ...world.followers],
    strategies: [{ name: "strategy", master: world.master }],
    subscriptions: world.followers.map((follower) => ({ strategy: "strategy", follower, rules })),
    at: 0,
    by: "test",
  });
}

export type StartOptions = {
  readonly sql: Sql;
  readonly doorbells: Doorbells;
  readonly world: World;
} & Partial<HubParts>;

export async function startHub(options: StartOptions): Promise<Hub> {
  const { world, ...parts } = options;
  const hub = createHub({
    slot: "a",
    turnMs: 200,
    leaseMs: 1_500,
    log: { info: () => {}, error: () => {} },
    gateways: world.gateways,
    ...parts,
  });
  await hub.start();
  return hub;
}

/** Waits until nothing is under way and the followers have decided every committed signal. */
export async function settled(hub: Hub): Promise<void> {
  for (;;) {
    await hub.deps.activity.quiet();
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (hub.deps.activity.count === 0) return;
  }
}

export const TENANT_ID = tenantIdOf(TENANT);
