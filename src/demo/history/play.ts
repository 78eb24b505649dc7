/**
 * Eighteen months of the demo before it began, played in order: the demo's own masters trade by
 * hours at brokers of the same terms, their deals become signals as live ones do, and the followers
 * copy them by the live decider. It yields after each hour, so that whoever plays it can pause.
 * Invariants: the same seed and end give the same rows; every account ends flat, with the balance
 * that the demo opens it with; between two points of an account its balance changes by its deals
 * and cash flows alone.
 */
import type { AccountRef, StampedFigures } from "../../domain/account.ts";
import type { CashMovement } from "../../domain/cash.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Deal } from "../../domain/trade.ts";
import type { AccountEvent } from "../../gateway/gateway.ts";
import { quotesFor } from "../market.ts";
import { figuresOf } from "./copying.ts";
import { beginningOf, LAST_HOUR, type PastTick, pastHours, pastPrices } from "./prices.ts";
import { type PastWorld, pastWorld } from "./world.ts";

export type PastRows = {
  readonly deals: readonly { readonly account: AccountRef; readonly deal: Deal }[];
  readonly points: readonly { readonly account: AccountRef; readonly figures: StampedFigures }[];
  /** Made after the points of the same rows. */
  readonly cash: readonly { readonly account: AccountRef; readonly movement: CashMovement }[];
};

export type HistoryOptions = {
  readonly seed: number;
  /** A midnight: the demo began on that day. */
  readonly endsAt: Instant;
  /** Less than eighteen months before in tests. */
  readonly from?: Instant;
};

const NOON = 12;
/** What goes beyond this share of what an account began with is taken out each quarter. */
const KEEP_PERCENT = 103n;
/** After the last hour of a day, when nothing moves: so that a payment changes no return. */
const PAID_AFTER_MS = 2 * 3_600_000;
/** No more is opened in the last hours, and the last one closes all. */
const QUIET_HOURS = 10;

export function* playHistory(options: HistoryOptions): Generator<PastRows, void> {
  const { seed, endsAt, from = beginningOf(endsAt) } = options;
  const hours = pastHours(from, endsAt);
  let at = hours[0] ?? endsAt;
  const deals: PastRows["deals"][number][] = [];
  const world = pastWorld(seed, { now: () => at }, ({ ref }, { event }) => {
    const deal = dealOf(event);
    if (deal !== null) deals.push({ account: ref, deal });
  });
  let left = hours.length;
  for (const tick of pastPrices(seed, hours)) {
    if (tick === null) {
      yield NO_ROWS;
      continue;
    }
    at = tick.at;
    left -= 1;
    const rows = playHour(world, tick, { left, next: hours[hours.length - left] ?? at });
    yield { ...rows, deals: deals.splice(0) };
    if (left > 0) continue;
    at += 2 * PAID_AFTER_MS;
    yield { ...NO_ROWS, points: noted(world) };
  }
}

type Place = { readonly left: number; readonly next: Instant };

function playHour(
  world: PastWorld,
  tick: PastTick,
  { left, next }: Place,
): Omit<PastRows, "deals"> {
  const { at } = tick;
  quote(world, tick);
  for (const master of world.masters) {
    if (left === 0) master.closeAll(at);
    else master.turn(tick, left < QUIET_HOURS);
  }
  if (left === 0) closeWhatIsLeft(world);
  const settles = left === 0 || quarterOf(next) !== quarterOf(at);
  const points = settles || isNoted(at) ? noted(world) : [];
  return { points, cash: settles ? settle(world, at + PAID_AFTER_MS, left === 0) : [] };
}

const NO_ROWS: PastRows = { deals: [], points: [], cash: [] };

const quarterOf = (at: Instant): number => Math.floor(new Date(at).getUTCMonth() / 3);

const isNoted = (at: Instant): boolean => [NOON, LAST_HOUR].includes(new Date(at).getUTCHours());

const noted = ({ accounts }: PastWorld): PastRows["points"] =>
  accounts.map((account) => ({ account: account.ref, figures: figuresOf(account) }));

function quote({ brokers }: PastWorld, { at, quotes }: PastTick): void {
  for (const { terms, broker, market } of brokers) {
    const own = quotesFor(terms, quotes);
    broker.applyQuotes(own, at);
    for (const { symbol } of own) {
      const told = broker.quote(symbol);
      if (told !== null) market.setQuote(told);
    }
  }
}

/** Copies whose master was stopped out when their own stop was not. */
function closeWhatIsLeft({ accounts }: PastWorld): void {
  for (const { broker, ref } of accounts) {
    for (const { id, symbol, side } of broker.snapshot(ref.login).positions) {
      const marks = { stopLoss: null, takeProfit: null, magic: 0, comment: "" };
      broker.trade(ref.login, {
        kind: "close",
        positionId: id,
        volume: null,
        symbol,
        side,
        ...marks,
      });
    }
  }
}

/** Profits are taken out by the quarter; in the end each account has what the demo opens it with. */
function settle({ accounts }: PastWorld, at: Instant, isEnd: boolean): PastRows["cash"] {
  return accounts.flatMap((account) => {
    const { opening, ref } = account;
    const { balance } = figuresOf(account);
    if (balance === opening || (!isEnd && balance * 100n <= opening * KEEP_PERCENT)) return [];
    const amount = opening - balance;
    account.flows += amount;
    const kind = amount > 0n ? "deposit" : "withdrawal";
    const comment = isEnd ? "to the demo's opening balance" : "profits of the quarter";
    return [{ account: ref, movement: { id: past(`cash-${at}`), kind, amount, comment, at } }];
  });
}

/** Its ids are not those of the live broker, which counts from one as well. */
function dealOf(event: AccountEvent): Deal | null {
  if (event.type !== "deal") return null;
  const { deal } = event;
  const [id, orderId, positionId] = [deal.id, deal.orderId, deal.positionId].map(past);
  return { ...deal, id: id ?? "", orderId: orderId ?? "", positionId: positionId ?? "" };
}

const past = (id: string): string => `past-${id}`;
