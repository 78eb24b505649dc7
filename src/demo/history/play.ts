/**
 * Eighteen months of the demo before it began, played in order: the demo's own masters trade by
 * hours at brokers of the same terms, their deals become signals as live ones do, and the followers
 * copy them by the live decider. It yields after each hour, so that whoever plays it can pause.
 * Invariants: the same seed and end give the same rows; every account ends flat, with the balance
 * that the demo opens it with; between two points of an account its balance changes by its deals
 * and cash flows alone.
 */
import type { AccountRef, StampedFigures } from "../../domain/account.ts";
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Deal } from "../../domain/trade.ts";
import type { AccountEvent } from "../../gateway/gateway.ts";
import { quotesFor } from "../market.ts";
import { figuresOf } from "./copying.ts";
import { beginningOf, LAST_HOUR, type PastTick, pastHours, pastPrices } from "./prices.ts";
import { type PastWorld, pastWorld } from "./world.ts";

export type CashFlow = {
  readonly account: AccountRef;
  readonly at: Instant;
  /** Paid in above zero, taken out below. */
  readonly amount: Fixed;
};

export type PastRows = {
  readonly deals: readonly { readonly account: AccountRef; readonly deal: Deal }[];
  readonly points: readonly { readonly account: AccountRef; readonly figures: StampedFigures }[];
  readonly flows: readonly CashFlow[];
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
  const flows = settles ? settleCash(world, at, left === 0) : [];
  return { flows, points: settles || isNoted(at) ? noted(world) : [] };
}

const NO_ROWS: PastRows = { deals: [], points: [], flows: [] };

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
function settleCash({ accounts }: PastWorld, at: Instant, isEnd: boolean): CashFlow[] {
  return accounts.flatMap((account) => {
    const { opening } = account;
    const { balance } = figuresOf(account);
    if (balance === opening || (!isEnd && balance * 100n <= opening * KEEP_PERCENT)) return [];
    const amount = opening - balance;
    account.flows += amount;
    return [{ account: account.ref, at, amount }];
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
