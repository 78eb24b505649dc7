/** A small simulated broker for tests: six symbols at round prices, a clock that is set by hand. */
import fc from "fast-check";
import type { AccountRef } from "../domain/account.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instruction } from "../domain/instruction.ts";
import { type BrokerOptions, SimulatedBroker } from "../gateway/simulator/broker.ts";
import { MemoryBrokerLog } from "../gateway/simulator/broker-log.ts";
import type { AccountTerms, OrderRequest, PriceQuote } from "../gateway/simulator/model.ts";
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
  | { readonly step: "close" | "protect"; readonly turn: number; readonly share: number };

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
      step: fc.constantFrom("close" as const, "protect" as const),
      turn,
      share: fc.integer({ min: 1, max: 100 }),
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
  const point = step.symbol === "USDJPY" || step.symbol === "XAUUSD" ? 100_000n : 1000n;
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

function stopsFor(side: "buy" | "sell", price: Fixed, share: number) {
  const away = (price * BigInt(share)) / 5000n;
  const below = price - away;
  const above = price + away + price / 500n;
  return side === "buy"
    ? { stopLoss: below, takeProfit: above }
    : { stopLoss: above, takeProfit: below };
}
