/**
 * On a netting account the one position of a symbol carries the copies and what the user holds beside
 * them, and the sum alone does not tell whose a difference is: a hand that closed a part of a copy
 * before the account reversed looks like the user's own volume afterwards. The history tells it.
 * Rules: volume by hand that adds is the user's own; what a hand takes away is the user's own first,
 * then the copies'; a hand that flattens or reverses leaves nothing of the copies.
 * Invariants: nothing is concluded from a history that does not add up to what stands, nor while an
 * instruction in the symbol is unanswered; what a hand took is taken from a copy only where a deal
 * shows that it did, and never more than that deal closed.
 */
import { absFixed, type Fixed, minFixed } from "../domain/fixed.ts";
import { type Deal, opposite, type Side } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { afterOwnHand, heldOf } from "../follower/outcome.ts";
import { proportional } from "../follower/own-hand.ts";
import type { Comparison, Difference } from "./compare.ts";

/** Volumes above zero are bought, below it sold. */
export type NetGap = {
  readonly symbol: string;
  /** What the copies hold together. */
  readonly held: Fixed;
  readonly actual: Fixed;
};

type Sides = Pick<Comparison, "copied" | "positions" | "isBusy" | "isBusySymbol">;

/** Symbols of which the copies do not add up to what stands; `busy`: that may be an answer's doing. */
export function netGaps(sides: Sides): (NetGap & { readonly busy: boolean })[] {
  const symbols = new Set(sides.copied.filter((one) => heldOf(one) > 0n).map((one) => one.symbol));
  return [...symbols].flatMap((symbol) => {
    const copied = sides.copied.filter((one) => one.symbol === symbol);
    const position = sides.positions.find((one) => one.symbol === symbol);
    const held = copied.reduce((sum, one) => sum + signed(one.side, heldOf(one)), 0n);
    const actual = position === undefined ? 0n : signed(position.side, position.volume);
    if (held === actual) return [];
    const busy = sides.isBusySymbol?.(symbol) === true || copied.some((one) => sides.isBusy(one));
    return [{ symbol, held, actual, busy }];
  });
}

/** A copy after a deal by hand that nobody has taken out of it yet. */
export type Taken = {
  readonly before: CopiedPosition;
  readonly after: CopiedPosition;
  readonly deal: Deal;
};

/** null: history is not whole, and tells nothing. `rest`: what the copies hold and it does not explain. */
export type Explained = { readonly taken: readonly Taken[]; readonly rest: Fixed };

type Facts = {
  readonly copied: readonly CopiedPosition[];
  /** All deals of the account, the oldest first. */
  readonly history: readonly Deal[];
  readonly volumeStep: Fixed;
};

export function explain(gap: NetGap, { copied, history, volumeStep }: Facts): Explained | null {
  const { net, own, hands } = retold(history.filter(({ symbol }) => symbol === gap.symbol));
  if (net !== gap.actual) return null;
  let rest = gap.held - (net - own);
  const taken: Taken[] = [];
  const now = new Map(
    copied.filter(({ symbol }) => symbol === gap.symbol).map((one) => [one, one] as const),
  );
  for (const hand of hands.toReversed()) {
    if (rest === 0n) break;
    for (const [one, volume] of sharesOf(hand, [...now.values()], { rest, volumeStep })) {
      const before = [...now].find(([, current]) => current === one)?.[0] ?? one;
      const after = afterOwnHand(one, hand.deal.positionId, volume, hand.deal.reason);
      now.set(before, after);
      rest -= signed(one.side, volume);
      taken.push({ before, after, deal: hand.deal });
    }
  }
  return { taken: lastOfEach(taken), rest };
}

/** A copy that two deals have reduced is told of once, as it is in the end. */
const lastOfEach = (taken: readonly Taken[]): Taken[] => [
  ...new Map(taken.map((one) => [one.before, one])).values(),
];

type Hand = { readonly deal: Deal; readonly isFlat: boolean };

/** What stands by the deals, how much of it is the user's own, and what hands took away. */
export function retold(deals: readonly Deal[]): { net: Fixed; own: Fixed; hands: readonly Hand[] } {
  let net = 0n;
  let own = 0n;
  const hands: Hand[] = [];
  for (const deal of deals) {
    const volume = signed(deal.side, deal.volume);
    const before = net;
    net += volume;
    if (deal.key !== null) continue;
    if (before === 0n || before > 0n === volume > 0n) {
      own += volume;
      continue;
    }
    const isFlat = net === 0n || net > 0n !== before > 0n;
    hands.push({ deal, isFlat });
    if (isFlat) own = net;
    else if (own > 0n === before > 0n) {
      const gone = minFixed(absFixed(own), deal.volume);
      own += volume > 0n ? gone : -gone;
    }
  }
  return { net, own, hands };
}

type Share = readonly [copied: CopiedPosition, volume: Fixed];

/** What the deal took of each copy that was part of the position it closed. */
function sharesOf(
  { deal, isFlat }: Hand,
  copied: readonly CopiedPosition[],
  { rest, volumeStep }: { readonly rest: Fixed; readonly volumeStep: Fixed },
): readonly Share[] {
  const parts = copied
    .map((one): Share => [one, heldIn(one, deal.positionId)])
    .filter(([, volume]) => volume > 0n);
  const sum = parts.reduce((all, [one, volume]) => all + signed(one.side, volume), 0n);
  if (isFlat && sum === rest) return parts;
  const side: Side = rest > 0n ? "buy" : "sell";
  if (deal.side !== opposite(side)) return [];
  const same = parts.filter(([one]) => one.side === side);
  const most = same.reduce((all, [, volume]) => all + volume, 0n);
  const volume = minFixed(minFixed(absFixed(rest), deal.volume), most);
  const shares = proportional(
    same.map(([, part]) => part),
    volume,
    volumeStep,
  );
  return same
    .map(([one], index): Share => [one, shares[index] ?? 0n])
    .filter(([, share]) => share > 0n);
}

const heldIn = ({ holdings }: CopiedPosition, positionId: string): Fixed =>
  holdings
    .filter((one) => one.positionId === positionId)
    .reduce((sum, one) => sum + one.volume, 0n);

const signed = (side: Side, volume: Fixed): Fixed => (side === "buy" ? volume : -volume);

/** What no deal explains: the copies of the symbol hold more or less than is theirs. */
export function unexplained(
  gap: NetGap,
  rest: Fixed,
  copied: readonly CopiedPosition[],
): Difference | null {
  const standing = copied.filter((one) => one.symbol === gap.symbol && one.state !== "detached");
  const first = standing.find((one) => heldOf(one) > 0n);
  if (rest === 0n || first === undefined) return null;
  const { subscriptionId, position, side, symbol } = first;
  const isBuy = gap.held > 0n || (gap.held === 0n && rest < 0n);
  const expected = isBuy ? gap.held : -gap.held;
  const actual = isBuy ? gap.held - rest : rest - gap.held;
  const kind = actual < 0n ? "side" : actual > expected ? "extra" : "missing";
  const where = { subscriptionId, position, positionId: null, symbol, side };
  return { kind, ...where, expected, actual };
}
