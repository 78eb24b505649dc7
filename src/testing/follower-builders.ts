/**
 * A plain case to start a test from: EURUSD, a master and a follower with 10,000 USD each, one lot
 * bought at 1.10000. A test names only what differs, in decimals as text.
 */
import { parseFixed } from "../domain/fixed.ts";
import { ratioOf } from "../domain/ratio.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";
import type { CopiedPosition, FollowerState, Market } from "../follower/decision.ts";
import { parseRules } from "../follower/rules.ts";
import { NOTHING_RECENT, PLAIN_ACCOUNT } from "../follower/state.ts";
import type { Signal } from "../master/signal.ts";

export const NOW = 1_750_000_000_000;

export function figures(amount: string, currency = "USD") {
  const value = parseFixed(amount);
  return { currency, balance: value, credit: 0n, equity: value, margin: 0n, freeMargin: value };
}

export function signalOf(change: Partial<Signal> = {}): Signal {
  return {
    tenantId: "tenant",
    id: "signal",
    masterId: "master",
    sequence: 1,
    sourceKey: "deal-1",
    kind: "open",
    position: "p1",
    symbol: "EURUSD",
    side: "buy",
    volume: parseFixed("1"),
    before: 0n,
    after: parseFixed("1"),
    price: parseFixed("1.10000"),
    stopLoss: null,
    takeProfit: null,
    magic: 0,
    comment: "",
    contractSize: parseFixed("100000"),
    digits: 5,
    figures: figures("10000"),
    existing: false,
    at: NOW,
    receivedAt: NOW,
    ageAtReceiptMs: 0,
    ...change,
  };
}

export function followerOf(
  rules: unknown = {},
  change: Partial<FollowerState> = {},
): FollowerState {
  return {
    subscriptionId: "subscription",
    account: { tenantId: "tenant", accountId: "follower", brokerId: "broker", login: "1" },
    currency: "USD",
    positionMode: "hedging",
    online: true,
    armed: true,
    killed: false,
    mode: "active",
    rules: parseRules(rules),
    rulesVersion: 1,
    figures: { ...figures("10000"), asOf: NOW },
    copied: null,
    barred: null,
    laterStops: null,
    facts: PLAIN_ACCOUNT,
    recent: NOTHING_RECENT,
    copies: () => [],
    ...change,
  };
}

export function copiedOf(
  volumes: readonly string[],
  change: Partial<CopiedPosition> = {},
): CopiedPosition {
  const held = volumes.reduce((sum, volume) => sum + parseFixed(volume), 0n);
  return {
    subscriptionId: "subscription",
    position: "p1",
    symbol: "EURUSD",
    side: "buy",
    state: "open",
    target: ratioOf(held),
    holdings: volumes.map((volume, index) => ({
      positionId: `h${index + 1}`,
      volume: parseFixed(volume),
    })),
    stopLoss: null,
    takeProfit: null,
    openPrice: parseFixed("1.10000"),
    masterOpenPrice: parseFixed("1.10000"),
    through: 0,
    ...change,
  };
}

const EURUSD: SymbolSpec = {
  name: "EURUSD",
  digits: 5,
  tickSize: parseFixed("0.00001"),
  contractSize: parseFixed("100000"),
  volumeMin: parseFixed("0.01"),
  volumeMax: parseFixed("100"),
  volumeStep: parseFixed("0.01"),
  baseCurrency: "EUR",
  profitCurrency: "USD",
  stopLevelPoints: 0,
  freezeLevelPoints: 0,
  tradeMode: "full",
};

type MarketChange = {
  readonly spec?: Partial<SymbolSpec>;
  /** Bid and ask, or null where nothing is quoted. */
  readonly quote?: readonly [string, string] | null;
  /** Decimals by "FROM>TO". */
  readonly rates?: Readonly<Record<string, string>>;
  readonly now?: number;
  /** What a market need not know: sessions, the master's quote and drawdown, releases. */
  readonly more?: Pick<Market, "isOpen" | "masterQuote" | "masterDrawdown" | "news">;
};

/** A market of one symbol. */
export function marketOf(change: MarketChange = {}): Market {
  const spec = { ...EURUSD, ...change.spec };
  const [bid, ask] = change.quote ?? ["1.09990", "1.10000"];
  const quote: Quote = { symbol: spec.name, bid: parseFixed(bid), ask: parseFixed(ask), at: NOW };
  return {
    now: change.now ?? NOW,
    spec: (name) => (name === spec.name ? spec : undefined),
    quote: (name) => (name === spec.name && change.quote !== null ? quote : undefined),
    rate: (from, to) => {
      const rate = change.rates?.[`${from}>${to}`];
      return rate === undefined ? null : ratioOf(parseFixed(rate));
    },
    ...change.more,
  };
}
