/**
 * What the follower's own hand, its stops or its broker took away from its copied positions.
 * On a hedging account a deal names the position it closed. On a netting account only the net
 * tells: volume that is the user's own goes first, then ours in proportion (largest remainder);
 * a flattened or reversed account ends every copied position of the symbol.
 */
import { type Fixed, minFixed } from "../domain/fixed.ts";
import type { Deal, Position } from "../domain/trade.ts";
import type { CopiedPosition } from "./decision.ts";
import { afterOwnHand, heldOf } from "./outcome.ts";

export type Traded = {
  readonly mode: "hedging" | "netting";
  /** Of the symbol: shares are whole steps, since nothing else could ever be closed. */
  readonly volumeStep: Fixed;
};

/** The copied positions that change, as they are after the deal. */
export function ownHand(
  copied: readonly CopiedPosition[],
  deal: Deal,
  after: Position | null,
  { mode, volumeStep }: Traded,
): CopiedPosition[] {
  if (deal.key !== null || deal.entry === "in") return [];
  if (mode === "netting") return netting(copied, deal, { after, volumeStep });
  return copied
    .filter((one) => one.holdings.some((holding) => holding.positionId === deal.positionId))
    .map((one) => afterOwnHand(one, deal.positionId, deal.volume, deal.reason));
}

function netting(
  copied: readonly CopiedPosition[],
  deal: Deal,
  { after, volumeStep }: { readonly after: Position | null } & Pick<Traded, "volumeStep">,
): CopiedPosition[] {
  const ours = copied.filter((one) => one.symbol === deal.symbol && heldOf(one) > 0n);
  const net = ours.reduce((sum, one) => sum + signed(one.side, heldOf(one)), 0n);
  if (net === 0n) return [];
  const side = net > 0n ? "buy" : "sell";
  const expected = signed(side, net);
  const actual = after === null ? 0n : signed(after.side, signed(side, after.volume));
  if (actual >= expected) return [];
  const same = ours.filter((one) => one.side === side);
  // What the master has closed and we no longer find to close is what is missing first.
  const leaving = same.filter(({ target }) => target.n === 0n);
  const closing = leaving.reduce((sum, one) => sum + heldOf(one), 0n);
  // Flattened or reversed: nothing of the symbol is ours any more, on either side.
  if (actual <= 0n && expected - actual > closing) {
    return ours.map((one) => takeFrom(one, heldOf(one), deal));
  }
  const staying = same.filter(({ target }) => target.n !== 0n);
  const gone = minFixed(expected - actual, closing);
  const shares = [
    ...proportional(leaving.map(heldOf), gone, volumeStep),
    ...proportional(staying.map(heldOf), expected - actual - gone, volumeStep),
  ];
  return [...leaving, ...staying]
    .map((one, index) => ({ one, share: shares[index] ?? 0n }))
    .filter(({ share }) => share > 0n)
    .map(({ one, share }) => takeFrom(one, share, deal));
}

const signed = (side: Position["side"], volume: Fixed): Fixed =>
  side === "buy" ? volume : -volume;

/** Takes from the holdings oldest first, whichever position the net has become. */
function takeFrom(copied: CopiedPosition, volume: Fixed, deal: Deal): CopiedPosition {
  let left = volume;
  let now = copied;
  for (const holding of copied.holdings) {
    const taken = minFixed(left, holding.volume);
    if (taken > 0n) now = afterOwnHand(now, holding.positionId, taken, deal.reason);
    left -= taken;
  }
  return now;
}

/**
 * Splits `total` over `parts` in proportion, in whole steps as far as it is one: the shares add up to
 * it, and none is more than its part where `total` is not more than all of them (largest remainder).
 */
export function proportional(parts: readonly Fixed[], total: Fixed, step: Fixed): Fixed[] {
  const whole = parts.reduce((sum, part) => sum + part, 0n);
  if (whole === 0n) return parts.map(() => 0n);
  const unit = whole * step;
  const shares = parts.map((part) => ((part * total) / unit) * step);
  const rests = parts.map((part, index) => ({ index, rest: (part * total) % unit }));
  rests.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  let left = total - shares.reduce((sum, share) => sum + share, 0n);
  for (const { index } of [...rests, ...rests]) {
    const share = shares[index] ?? 0n;
    const more = minFixed(minFixed(step, left), (parts[index] ?? 0n) - share);
    if (more <= 0n) continue;
    shares[index] = share + more;
    left -= more;
  }
  return shares;
}
