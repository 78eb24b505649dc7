/** A small simulated broker for tests: six symbols at round prices, a clock that is set by hand. */
import fc from "fast-check";
import type { AccountRef } from "../domain/account.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instruction } from "../domain/instruction.ts";
import { ORDER_TYPES, type OrderType, sideOfOrder } from "../domain/pending-order.ts";
import { type BrokerOptions, SimulatedBroker } from "../gateway/simulator/broker.ts";
import { MemoryBrokerLog } from "../gateway/simulator/broker-log.ts";
import type { AccountTerms, OrderRequest, PriceQuote } from "../gateway/simulator/model.ts";
import type { SwapPlan, SwapTerms } from "../gateway/simulator/swaps.ts";
import { BASE_SYMBOLS, symbolsOf } from "../gateway/simulator/symbols.ts";

export const BROKER_ID = "broker-1";
export const START_AT = 1_700_000_000_000;

export const fixed = parseFixed;

export function quoteOf(symbol: string, bid: string, ask = bid): PriceQuote {
  return { symbol, bid: fixed(bid), ask: fixed(ask) };
}

export const ROUND_QUOTES: readonly PriceQuote[] = [
  quoteOf("EURUSD", "1.10000", "1.10010"),
  quoteOf("GBPUSD", "1.25000", "1.25020"),
  quoteOf("USDJPY", "150.000", "150.010"),
  quoteOf("NZDUSD", "0.60000", "0.60010"),
  quoteOf("XAUUSD", "2000.000", "2000.200"),
  quoteOf("EURGBP", "0.88000", "0.88010"),
];

export class HandClock {
  at = START_AT;

  now(): number {
    return this.at;
  }
}

export type TestBroker = {
  readonly broker: SimulatedBroker;
  readonly log: MemoryBrokerLog;
  readonly clock: HandClock;
  quotes(...quotes: readonly PriceQuote[]): void;
};

export function testBroker(options: Partial<BrokerOptions> = {}): TestBroker {
  const log = new MemoryBrokerLog();
  const clock = new HandClock();
  const broker = new SimulatedBroker({
    brokerId: BROKER_ID,
    symbols: symbolsOf(BASE_SYMBOLS),
    clock,
    log,
    ...options,
  });
  return { broker, log, clock, quotes: (...quotes) => broker.applyQuotes(quotes, clock.now()) };
}

export function accountTerms(login: string, terms: Partial<AccountTerms> = {}): AccountTerms {
  return {
    login,
    currency: "USD",
    positionMode: "hedging",
    leverage: fixed("100"),
    balance: fixed("10000"),
    credit: 0n,
    ...terms,
  };
}

export function accountRef(login: string): AccountRef {
  return { tenantId: "tenant-1", accountId: `account-${login}`, brokerId: BROKER_ID, login };
}

export function orderOf(order: Partial<OrderRequest> = {}): OrderRequest {
  return {
    kind: "open",
    symbol: "EURUSD",
    side: "buy",
    volume: fixed("1"),
    positionId: null,
    stopLoss: null,
    takeProfit: null,
    magic: 0,
    comment: "",
    ...order,
  };
}

/** A pending order of one lot; the side follows from the type. */
export function pendingOf(
  type: OrderType,
  price: string,
  order: Partial<OrderRequest> & { readonly expiresAt?: number; readonly limit?: string } = {},
): OrderRequest {
  const { expiresAt = null, limit, ...rest } = order;
  const limitPrice = limit === undefined ? null : fixed(limit);
  const pending = { type, price: fixed(price), limitPrice, expiresAt };
  return orderOf({ kind: "place", side: sideOfOrder(type), pending, ...rest });
}

export function instructionOf(account: AccountRef, facts: Partial<Instruction> = {}): Instruction {
  return {
    ...orderOf({ magic: 7, comment: "copy" }),
    key: "KEY0000000000001",
    account,
    fence: 1,
    validUntil: null,
    ...facts,
  };
}

/** One step of a random life of a broker; `turn` chooses the account and position. */
export type BrokerStep =
  | {
      readonly step: "quote";
      readonly symbol: string;
      readonly bps: number;
      readonly spread: number;
    }
  | {
      readonly step: "open";
      readonly symbol: string;
      readonly buy: boolean;
      readonly steps: number;
      readonly turn: number;
    }
  | {
      readonly step: "place";
      readonly symbol: string;
      readonly type: OrderType;
      readonly steps: number;
      readonly turn: number;
      readonly away: number;
      readonly lifeMs: number | null;
    }
  | {
      readonly step: "close" | "protect" | "change" | "cancel";
      readonly turn: number;
      readonly share: number;
    };

const symbol = fc.constantFrom(...BASE_SYMBOLS);
const turn = fc.nat(50);

export const brokerSteps: fc.Arbitrary<BrokerStep[]> = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({
        step: fc.constant("quote" as const),
        symbol,
        bps: fc.integer({ min: -120, max: 120 }),
        spread: fc.nat(20),
      }),
      weight: 4,
    },
    {
      arbitrary: fc.record({
        step: fc.constant("open" as const),
        symbol,
        buy: fc.boolean(),
        steps: fc.integer({ min: 1, max: 150 }),
        turn,
      }),
      weight: 3,
    },
    fc.record({
      step: fc.constantFrom(
        "close" as const,
        "protect" as const,
        "change" as const,
        "cancel" as const,
      ),
      turn,
      share: fc.integer({ min: 1, max: 100 }),
    }),
    fc.record({
      step: fc.constant("place" as const),
      symbol,
      type: fc.constantFrom(...ORDER_TYPES),
      steps: fc.integer({ min: 1, max: 150 }),
      turn,
      away: fc.integer({ min: 1, max: 60 }),
      lifeMs: fc.option(fc.integer({ min: 1, max: 5000 })),
    }),
  ),
  { minLength: 1, maxLength: 60 },
);

export const MIXED_ACCOUNTS: readonly AccountTerms[] = [
  accountTerms("a-usd", { balance: fixed("2000") }),
  accountTerms("b-eur", { currency: "EUR", credit: fixed("50") }),
  accountTerms("c-net", {
    positionMode: "netting",
    leverage: fixed("400"),
    balance: fixed("3000"),
  }),
  accountTerms("d-jpy", { currency: "JPY", balance: fixed("900000"), positionMode: "netting" }),
];

const swap = (unit: SwapTerms["unit"], long: string, short: string): SwapTerms => {
  return { unit, long: fixed(long), short: fixed(short), tripleOn: 3, weekends: false };
};

/** Rolls over three seconds after the start, a Tuesday. */
export const QUICK_SWAPS: SwapPlan = {
  serverOffsetMs: 7_200_000,
  rolloverMs: ((START_AT + 7_200_000) % 86_400_000) + 3000,
  symbols: new Map([
    ["EURUSD", swap("points", "-7.25", "2.4")],
    ["USDJPY", swap("points", "11", "-16.3")],
    ["XAUUSD", swap("currency", "-23.51", "9.99")],
  ]),
};

/** Lives through the steps; `afterEach` sees the broker between any two. */
export function live(
  bench: TestBroker,
  steps: readonly BrokerStep[],
  afterEach = (): void => {},
): void {
  for (const terms of MIXED_ACCOUNTS) bench.broker.openAccount(terms);
  bench.quotes(...ROUND_QUOTES);
  for (const [index, step] of steps.entries()) {
    bench.clock.at += 250;
    if (step.step === "quote") bench.quotes(moved(bench.broker, step));
    else trade(bench.broker, step, `KEY${String(index).padStart(13, "0")}`);
    afterEach();
  }
}

function moved(broker: SimulatedBroker, step: Extract<BrokerStep, { step: "quote" }>): PriceQuote {
  const point = pointOf(step.symbol);
  const last = broker.quote(step.symbol)?.bid ?? point;
  const bid = onGrid((last * BigInt(10_000 + step.bps)) / 10_000n, point);
  return { symbol: step.symbol, bid, ask: bid + BigInt(step.spread) * point };
}

function onGrid(price: Fixed, point: Fixed): Fixed {
  return (price / point) * point || point;
}

function trade(
  broker: SimulatedBroker,
  step: Exclude<BrokerStep, { step: "quote" }>,
  key: string,
): void {
  const login = broker.logins[step.turn % broker.logins.length] ?? "";
  const tag = { key, fence: 1, validUntil: null };
  if (step.step === "open") {
    const { symbol, buy, steps } = step;
    const volume = BigInt(steps) * fixed("0.01");
    broker.trade(login, orderOf({ symbol, side: buy ? "buy" : "sell", volume, magic: 5 }), tag);
    return;
  }
  if (step.step === "place") {
    broker.trade(login, placed(broker, step, tag.key), tag);
    return;
  }
  if (step.step === "change" || step.step === "cancel") {
    touchOrder(broker, login, step, tag.key);
    return;
  }
  const { positions } = broker.snapshot(login);
  const position = positions[step.turn % Math.max(1, positions.length)];
  if (position === undefined) return;
  const target = { symbol: position.symbol, side: position.side, positionId: position.id };
  const volume = (position.volume * BigInt(step.share)) / 100n;
  const whole = volume - (volume % fixed("0.01")) || position.volume;
  if (step.step === "close")
    broker.trade(login, orderOf({ ...target, kind: "close", volume: whole }), tag);
  else
    broker.trade(
      login,
      orderOf({
        ...target,
        kind: "protect",
        volume: null,
        ...stopsFor(position.side, broker.quote(position.symbol)?.bid ?? 0n, step.share),
      }),
      tag,
    );
}

/** A pending order `away` in ten thousandths from the market, on its own side of it. */
function placed(
  broker: SimulatedBroker,
  step: Extract<BrokerStep, { step: "place" }>,
  key: string,
) {
  const { symbol, type, steps, away, lifeMs } = step;
  const side = sideOfOrder(type);
  const point = pointOf(symbol);
  const bid = broker.quote(symbol)?.bid ?? point;
  const up = type === "sell-limit" || type.startsWith("buy-stop");
  const distance = onGrid((bid * BigInt(away)) / 10_000n + 30n * point, point);
  const price = up ? bid + distance : bid - distance;
  const half = onGrid(distance / 2n, point);
  const limitPrice = type.endsWith("stop-limit") ? (up ? price - half : price + half) : null;
  const expiresAt = lifeMs === null ? null : START_AT + Number(key.slice(3)) * 250 + lifeMs;
  const stopLoss = side === "buy" ? price - 2n * distance : price + 2n * distance;
  return orderOf({
    ...{ kind: "place", symbol, side, volume: BigInt(steps) * fixed("0.01"), stopLoss },
    pending: { type, price, limitPrice, expiresAt },
  });
}

function touchOrder(
  broker: SimulatedBroker,
  login: string,
  step: Extract<BrokerStep, { readonly share: number }>,
  key: string,
): void {
  const { orders } = broker.snapshot(login);
  const order = orders[step.turn % Math.max(1, orders.length)];
  if (order === undefined) return;
  const { type, symbol, price, limitPrice, expiresAt, stopLoss } = order;
  const further = type === "sell-limit" || type.startsWith("buy-stop") ? 1n : -1n;
  const moved = price + further * BigInt(step.share) * pointOf(symbol);
  const there = { symbol, side: sideOfOrder(type), orderId: order.id, volume: null };
  const tag = { key, fence: 1, validUntil: null };
  const pending = { type, price: moved, limitPrice, expiresAt };
  if (step.step === "cancel") broker.trade(login, orderOf({ ...there, kind: "cancel" }), tag);
  else broker.trade(login, orderOf({ ...there, kind: "change", pending, stopLoss }), tag);
}

const pointOf = (symbol: string): Fixed =>
  symbol === "USDJPY" || symbol === "XAUUSD" ? 100_000n : 1000n;

function stopsFor(side: "buy" | "sell", price: Fixed, share: number) {
  const away = (price * BigInt(share)) / 5000n;
  const below = price - away;
  const above = price + away + price / 500n;
  return side === "buy"
    ? { stopLoss: below, takeProfit: above }
    : { stopLoss: above, takeProfit: below };
}
