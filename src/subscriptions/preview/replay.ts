/**
 * What a master's signals would have become for an account under rules: the deciders that decide
 * live, over signals that are past, in memory. Pure: nothing is written and nothing is sent.
 * What is assumed: the account has what it has today and copies nothing else; its broker quoted the
 * master's price at today's spread and rates, and did each order in full; no release was near.
 */
import { divideHalfEven, type Fixed, maxFixed, multiply, ONE } from "../../domain/fixed.ts";
import type { Outcome } from "../../domain/instruction.ts";
import { ratio } from "../../domain/ratio.ts";
import { type Quote, unitsPerLot } from "../../domain/symbol.ts";
import type { Side } from "../../domain/trade.ts";
import { decider } from "../../follower/decide.ts";
import type { CopiedPosition, Decision, Market } from "../../follower/decision.ts";
import type { LedgerInstruction } from "../../follower/instruction.ts";
import { afterOutcome, heldOf } from "../../follower/outcome.ts";
import { plan } from "../../follower/plan.ts";
import { type MappedSymbol, mapSymbol } from "../../follower/rules/symbol-map.ts";
import type { Rules } from "../../follower/rules.ts";
import {
  type AccountState,
  followerState,
  NOTHING_RECENT,
  rememberDecision,
  type Subscription,
} from "../../follower/state.ts";
import { isOfOrder, type Signal } from "../../master/signal.ts";

/** What is known of an account now. */
export type PreviewAccount = Pick<
  AccountState,
  "account" | "name" | "currency" | "positionMode" | "market" | "facts" | "figures"
>;

export type PreviewInput = {
  readonly strategyId: string;
  readonly account: PreviewAccount;
  readonly rules: Rules;
  /** What somebody confirmed a master's symbol to be at the account's broker. */
  mapped(symbol: string): MappedSymbol | undefined;
  /** Of one master, oldest first. */
  readonly signals: readonly Signal[];
};

export type PreviewLine = {
  readonly signal: Signal;
  readonly decision: Decision;
  /** At the account's broker; where nothing is copied, as the master calls it. */
  readonly symbol: string;
  readonly price: Fixed | null;
  /** Of what a reduction or a close ended, in the account's currency; null: nothing, or no rate. */
  readonly profit: Fixed | null;
};

export type Preview = {
  readonly lines: readonly PreviewLine[];
  readonly closedProfit: Fixed;
  /** Something was closed whose profit no rate converts. */
  readonly unrated: boolean;
  /** The most lots, and the most positions, that were open at once. */
  readonly lotsMost: Fixed;
  readonly positionsMost: number;
};

const MASTER_PEAK_DIGITS = ONE;

/** Signals of orders, and of positions that were open before the first signal, are left out. */
export function replay(input: PreviewInput): Preview {
  const subscription = imagined(input);
  const begun = new Set<string>();
  const lines: PreviewLine[] = [];
  let [closedProfit, lotsMost, peak]: [Fixed, Fixed, Fixed] = [0n, 0n, 0n];
  let positionsMost = 0;
  let unrated = false;
  for (const signal of input.signals) {
    if (signal.kind === "open") begun.add(signal.position);
    if (isOfOrder(signal) || !begun.has(signal.position)) continue;
    peak = maxFixed(peak, signal.figures.equity);
    const line = decideOne(signal, { input, subscription, peak });
    lines.push(line);
    closedProfit += line.profit ?? 0n;
    unrated ||= line.profit === null && isClosing(line.decision);
    const held = [...subscription.copied.values()].map(heldOf).filter((lots) => lots > 0n);
    positionsMost = Math.max(positionsMost, held.length);
    lotsMost = maxFixed(
      lotsMost,
      held.reduce((sum, lots) => sum + lots, 0n),
    );
  }
  return { lines, closedProfit, unrated, lotsMost, positionsMost };
}

const isClosing = ({ plans }: Decision): boolean => plans.some(({ kind }) => kind === "close");

function imagined({ strategyId, account, rules, signals }: PreviewInput): Subscription {
  const state: AccountState = {
    ...account,
    ...{ partition: 0, online: true, ready: true, killed: false },
    ...{
      released: new Set(),
      releasedOrders: new Map(),
      unresolved: new Map(),
      unknown: new Set(),
      nets: new Map(),
    },
  };
  return {
    ...{ tenantId: account.account.tenantId, subscriptionId: "preview", strategyId },
    ...{ masterId: signals[0]?.masterId ?? "", account: state, mode: "active" },
    ...{ rules: [{ version: 1, fromSequence: 0, rules }], seen: 0, waiting: [] },
    ...{ copied: new Map(), ended: new Set(), recent: NOTHING_RECENT },
  };
}

type Context = {
  readonly input: PreviewInput;
  readonly subscription: Subscription;
  readonly peak: Fixed;
};

function decideOne(signal: Signal, context: Context): PreviewLine {
  const { input, subscription } = context;
  const { rules, account } = input;
  const own = mapSymbol(signal.symbol, rules.symbolMap, input.mapped(signal.symbol));
  const market = marketAt(signal, context, own);
  const siblings = { ofAccount: () => [subscription] };
  const decide = decider(signal, market);
  const { row } = plan(signal, subscription, {
    fence: 0,
    lanes: { admit: () => "sent", withdraw() {}, submit() {}, cancelUnsent() {} },
    decide: (one) => decide(followerState(one, signal, siblings)),
  });
  rememberDecision(subscription, signal, row.decision, signal.receivedAt);
  if (row.copied !== null) subscription.copied.set(signal.position, row.copied);
  const quote = market.quote(own.name);
  let profit: Fixed | null = null;
  let price: Fixed | null = null;
  for (const instruction of row.instructions) {
    const before = subscription.copied.get(signal.position) ?? null;
    const outcome = doneAt(instruction, quote, account.positionMode);
    price = outcome.price;
    if (instruction.kind === "close" && before !== null) {
      const gained = profitOf(before, instruction, { price, account });
      profit = gained === null ? profit : (profit ?? 0n) + gained;
    }
    const after = afterOutcome(before, instruction, outcome, account.positionMode);
    if (after !== null) subscription.copied.set(signal.position, after);
  }
  const symbol = row.decision.plans[0]?.symbol ?? signal.symbol;
  return { signal, decision: row.decision, symbol, price, profit };
}

/** The account's market as if its broker had quoted the master's price when the signal came. */
function marketAt(signal: Signal, { input, peak }: Context, own: MappedSymbol): Market {
  const { market } = input.account;
  const mapped = input.mapped(signal.symbol);
  const under = peak > 0n ? maxFixed(0n, peak - signal.figures.equity) : 0n;
  return {
    now: signal.receivedAt,
    spec: (symbol) => market.spec(symbol),
    quote: (symbol) => (symbol === own.name ? quoteAt(signal, input, own) : market.quote(symbol)),
    rate: (from, to) => market.rate(from, to),
    masterDrawdown: peak > 0n ? divideHalfEven(under * MASTER_PEAK_DIGITS, peak) : null,
    news: () => null,
    ...(mapped === undefined ? {} : { mapped }),
  };
}

const OTHER: Readonly<Record<Side, Side>> = { buy: "sell", sell: "buy" };

function quoteAt(signal: Signal, input: PreviewInput, own: MappedSymbol): Quote | undefined {
  const today = input.account.market.quote(own.name);
  if (signal.price === null) return today;
  const spread = today === undefined ? 0n : today.ask - today.bid;
  const price = own.priceFactor === null ? signal.price : multiply(signal.price, own.priceFactor);
  const side = input.rules.reverse ? OTHER[signal.side] : signal.side;
  const opens = signal.kind === "open" || signal.kind === "increase";
  const atAsk = opens === (side === "buy");
  const bid = atAsk ? price - spread : price;
  return { symbol: own.name, bid, ask: bid + spread, at: signal.receivedAt };
}

function doneAt(
  { key, kind, side, symbol, volume }: LedgerInstruction,
  quote: Quote | undefined,
  mode: AccountState["positionMode"],
): Outcome {
  const atAsk = (kind === "open") === (side === "buy");
  const price = quote === undefined || kind === "protect" ? null : atAsk ? quote.ask : quote.bid;
  return {
    ...{ status: "done", code: null, brokerCode: null, orderId: null },
    positionId: mode === "netting" ? symbol : key,
    filled: kind === "protect" ? 0n : (volume ?? 0n),
    price,
    at: quote?.at ?? 0,
  };
}

/** In the account's currency at today's rate, before swap and commission. */
function profitOf(
  copied: CopiedPosition,
  { volume, symbol, side }: LedgerInstruction,
  at: { readonly price: Fixed | null; readonly account: PreviewAccount },
): Fixed | null {
  const { market, currency } = at.account;
  const spec = market.spec(symbol);
  if (spec === undefined || copied.openPrice === null || at.price === null) return null;
  const rate = market.rate(spec.profitCurrency, currency);
  if (rate === null) return null;
  const gain = side === "buy" ? at.price - copied.openPrice : copied.openPrice - at.price;
  const amount = ratio((volume ?? 0n) * gain * unitsPerLot(spec), ONE * ONE);
  return divideHalfEven(amount.n * rate.n, amount.d * rate.d);
}
