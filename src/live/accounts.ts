/**
 * Accounts as the page shows them, from the hub's memory: pure, and cheap enough to be made anew
 * for a thousand followers four times a second.
 * An account without positions is told no new figures, so its figures are as true as the last
 * thing that was heard of its broker while the account is connected.
 */
import type { StampedFigures } from "../domain/account.ts";
import { marginLevelPercent } from "../domain/account.ts";
import type { Fixed } from "../domain/fixed.ts";
import { divideHalfEven } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Rules } from "../follower/rules.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type {
  Link,
  LiveFigures,
  LiveFollower,
  LiveLastCopy,
  LiveMaster,
  LivePosition,
  LiveState,
} from "../portal/live.ts";
import { ruleWords } from "./rule-words.ts";

type Shown = {
  readonly broker: string;
  readonly positions: readonly LivePosition[];
  /** When the broker was last heard; null before the first quote. */
  readonly heardAt: Instant | null;
};

export function masterView(account: AccountState, shown: Shown, followers: number): LiveMaster {
  const { name, currency, positionMode, figures } = account;
  const link = linkOf(account);
  return {
    id: account.account.accountId,
    name,
    broker: shown.broker,
    currency,
    positionMode,
    link,
    asOf: asOfOf(figures, link, shown.heardAt),
    figures: figuresView(figures),
    positions: shown.positions,
    followers,
  };
}

type Followed = {
  readonly subscriptions: readonly Subscription[];
  readonly lastCopy: LiveLastCopy | null;
  readonly equitySpark: readonly number[];
};

/** Written out field by field: a thousand spreads a look cost more than all the rest of it. */
export function followerView(account: AccountState, shown: Shown, own: Followed): LiveFollower {
  const { name, currency, positionMode, figures } = account;
  const link = linkOf(account);
  return {
    id: account.account.accountId,
    name,
    broker: shown.broker,
    currency,
    positionMode,
    link,
    asOf: asOfOf(figures, link, shown.heardAt),
    figures: figuresView(figures),
    positions: shown.positions,
    masterIds: own.subscriptions.map((one) => one.masterId),
    ruleSummary: ruleSummaryOf(own.subscriptions),
    lastCopy: own.lastCopy,
    equitySpark: own.equitySpark,
  };
}

function ruleSummaryOf(subscriptions: readonly Subscription[]): string {
  const [first, ...others] = subscriptions;
  if (first === undefined) return "";
  if (others.length === 0) return wordsOf(first);
  return [...new Set(subscriptions.map(wordsOf))].join("; ");
}

/** Rules never change, a new version is a new object: each is worded once. */
const worded = new WeakMap<Rules, string>();

function wordsOf({ rules }: Subscription): string {
  const last = rules.at(-1)?.rules;
  if (last === undefined) return "";
  let words = worded.get(last);
  if (words === undefined) {
    words = ruleWords(last);
    worded.set(last, words);
  }
  return words;
}

function asOfOf(
  figures: StampedFigures | null,
  link: Link,
  heardAt: Instant | null,
): Instant | null {
  if (figures === null) return null;
  return link === "live" ? Math.max(figures.asOf, heardAt ?? 0) : figures.asOf;
}

function linkOf({ online, ready }: AccountState): Link {
  if (!online) return "offline";
  return ready ? "live" : "stale";
}

function figuresView(figures: StampedFigures | null): LiveFigures | null {
  if (figures === null) return null;
  const { balance, credit, equity } = figures;
  const openProfit = equity - balance - credit;
  return { balance, equity, openProfit, marginLevelPercent: marginLevelPercent(figures) };
}

/** When anything was last quoted; null before the first quote. */
export function lastQuoteAt(market: BrokerMarket): Instant | null {
  let last: Instant | null = null;
  for (const { name } of market.specs) {
    const at = market.quote(name)?.at;
    if (at !== undefined && (last === null || at > last)) last = at;
  }
  return last;
}

type Sums = Pick<LiveState["totals"], "equity" | "openProfit" | "reported">;

/** Followers' amounts together in one currency; null once a rate is missing. */
export function sumOf(accounts: readonly AccountState[], currency: string): Sums {
  let equity: Fixed | null = 0n;
  let openProfit: Fixed | null = 0n;
  let reported = 0;
  for (const { figures, market } of accounts) {
    if (figures === null) continue;
    reported += 1;
    const rate = market.rate(figures.currency, currency);
    const convert = (sum: Fixed | null, amount: Fixed): Fixed | null =>
      sum === null || rate === null ? null : sum + divideHalfEven(amount * rate.n, rate.d);
    equity = convert(equity, figures.equity);
    openProfit = convert(openProfit, figures.equity - figures.balance - figures.credit);
  }
  return { equity, openProfit, reported };
}
