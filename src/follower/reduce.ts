/**
 * What is closed of a copied position when the master takes some off.
 * The exact target T shrinks by what the master has left of what it had; the follower holds the
 * legal volume nearest to T, ties to the lower, and closes the difference, oldest position first.
 * Invariants: a reduction never buys; what is closed and what remains are each zero or at least
 * the symbol's minimum, full closes aside; T is a pure product of fractions, so any split of a
 * position into partial closes ends at exactly zero.
 */
import { type Fixed, maxFixed, minFixed } from "../domain/fixed.ts";
import {
  compareRatio,
  floorRatio,
  type Ratio,
  ratio,
  ratioOf,
  times,
  ZERO_RATIO,
} from "../domain/ratio.ts";
import type { CopiedPosition, Holding } from "./decision.ts";

export type VolumeLimits = { readonly volumeStep: Fixed; readonly volumeMin: Fixed };

/** T · after / before, exact. */
export function reducedTarget(target: Ratio, before: Fixed, after: Fixed): Ratio {
  if (after <= 0n || before <= 0n) return ZERO_RATIO;
  return times(target, ratio(after, before));
}

/** The copied position once a reduction or a close of its master has been decided for it. */
export function retargeted(
  copied: CopiedPosition,
  signal: { readonly before: Fixed; readonly after: Fixed; readonly sequence: number },
): CopiedPosition {
  const target = reducedTarget(copied.target, signal.before, signal.after);
  return { ...copied, target, through: signal.sequence };
}

export function heldVolume(holdings: readonly Holding[]): Fixed {
  return holdings.reduce((sum, { volume }) => sum + volume, 0n);
}

/** Lots to close of `held` so that what remains is the legal volume nearest to the target. */
export function volumeToClose(held: Fixed, target: Ratio, limits: VolumeLimits): Fixed {
  let best = 0n;
  for (const candidate of legalCloses(held, target, limits)) {
    if (nearer(held - candidate, held - best, target)) best = candidate;
  }
  return best;
}

/** Everything, and the two whole steps around the exact difference that leave legal volumes. */
function legalCloses(held: Fixed, target: Ratio, limits: VolumeLimits): Fixed[] {
  const { volumeStep: step, volumeMin } = limits;
  const excess = excessOver(held, target);
  if (excess.n <= 0n) return [];
  const down = floorRatio(excess, step);
  const least = ((volumeMin + step - 1n) / step) * step;
  const most = ((held - volumeMin) / step) * step;
  const within = [down, down + step]
    .map((close) => maxFixed(least, minFixed(close, most)))
    .filter((close) => close >= least && held - close >= volumeMin);
  return [...within, held];
}

/** held − target, exact; below zero where less is held than the target asks. */
export function excessOver(held: Fixed, target: Ratio): Ratio {
  const whole = ratioOf(held);
  return ratio(whole.n * target.d - target.n * whole.d, whole.d * target.d);
}

/** Whether holding `a` is nearer to the target than holding `b`; equally near, the lower one. */
function nearer(a: Fixed, b: Fixed, target: Ratio): boolean {
  const difference = compareRatio(distance(a, target), distance(b, target));
  return difference < 0 || (difference === 0 && a < b);
}

function distance(held: Fixed, target: Ratio): Ratio {
  const gap = excessOver(held, target);
  return gap.n < 0n ? { n: -gap.n, d: gap.d } : gap;
}

/**
 * The lots to close of each position, oldest first. A position of which only an illegal part
 * would go is closed as far as is legal and the next one makes up for it; where none can, the
 * rest stays until a later reduction or the full close takes it.
 */
export function spreadClose(
  holdings: readonly Holding[],
  close: Fixed,
  limits: VolumeLimits,
): readonly Holding[] {
  const taken: Holding[] = [];
  let left = close;
  for (const { positionId, volume } of holdings) {
    const take = left >= volume ? volume : legalPart(volume, left, limits);
    if (take === 0n) continue;
    taken.push({ positionId, volume: take });
    left -= take;
  }
  return taken;
}

function legalPart(volume: Fixed, asked: Fixed, { volumeStep, volumeMin }: VolumeLimits): Fixed {
  const most = ((volume - volumeMin) / volumeStep) * volumeStep;
  const part = minFixed(asked, most);
  return part >= volumeMin && part > 0n ? part : 0n;
}
