/**
 * From the exact size to orders. Opens are rounded down to the symbol's step, then raised to its
 * minimum where the rules allow it, cut to the rules' own most, and split or capped at the
 * symbol's largest order.
 * Invariants: every order is a whole number of steps from the symbol's smallest to its largest
 * order; together they are never more than the size, but for a raise, which places at most
 * maxRiskCoefficient times the intended risk; nothing exceeds guards.maxVolume.
 */
import { type Fixed, floorTo, formatFixed, ONE } from "../domain/fixed.ts";
import type { Step } from "./decision.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import type { Size } from "./sizing.ts";
import type { SymbolView } from "./view.ts";

/** More orders than this for one copy say that the size or the symbol's facts are wrong. */
const PARTS_MAX = 20;

export type Rounded = {
  readonly volume: Fixed;
  /** The orders' volumes; together they are `volume`. */
  readonly parts: readonly Fixed[];
  readonly steps: readonly Step[];
};

export function roundOpen(size: Size, symbol: SymbolView, rules: Rules): Rounded | Refusal {
  const step = symbol.spec.volumeStep;
  const floored = (size.n / (size.d * step)) * step;
  const round = {
    step: "round",
    volumeStep: symbol.volumeStepText,
    volume: formatFixed(floored),
  };
  if (floored < symbol.volumeMin) return raise(size, symbol, rules, round);
  return cut(floored, symbol, rules, [round]);
}

/** The smallest order instead of none, where its risk is bounded. */
function raise(size: Size, symbol: SymbolView, rules: Rules, round: Step): Rounded | Refusal {
  const { raiseToMinimum, maxRiskCoefficient } = rules.sizing;
  const minimum = symbol.volumeMin;
  const step = { ...round, minimum: formatFixed(minimum) };
  if (!raiseToMinimum) return refuse("BELOW_MIN_VOLUME", step);
  // placed risk / intended risk = minimum / size, since risk is in proportion to volume.
  if (minimum * size.d * ONE > maxRiskCoefficient * size.n) {
    return refuse("BELOW_MIN_VOLUME", {
      ...step,
      maxRiskCoefficient: formatFixed(maxRiskCoefficient),
    });
  }
  const raised = { step: "raise", volume: step.minimum };
  return cut(minimum, symbol, rules, [round, raised]);
}

function cut(
  volume: Fixed,
  symbol: SymbolView,
  rules: Rules,
  steps: readonly Step[],
): Rounded | Refusal {
  const most = rules.guards.maxVolume;
  if (most === null || volume <= most) return fitToMaximum(volume, symbol, rules, steps);
  const allowed = floorTo(most, symbol.spec.volumeStep);
  const step = { step: "cut", maxVolume: formatFixed(most), volume: formatFixed(allowed) };
  if (allowed < symbol.volumeMin) return refuse("MAX_VOLUME", step);
  return fitToMaximum(allowed, symbol, rules, [...steps, step]);
}

function fitToMaximum(
  volume: Fixed,
  symbol: SymbolView,
  rules: Rules,
  steps: readonly Step[],
): Rounded | Refusal {
  const { volumeMax } = symbol;
  if (volume <= volumeMax) return { volume, parts: [volume], steps };
  const maximum = formatFixed(volumeMax);
  if (volumeMax < symbol.volumeMin || volumeMax <= 0n) {
    return refuse("ABOVE_MAX_VOLUME", { step: "split", maximum });
  }
  if (rules.sizing.aboveMaximum === "cap") {
    const step = { step: "cap", maximum, volume: maximum };
    return { volume: volumeMax, parts: [volumeMax], steps: [...steps, step] };
  }
  const split = splitVolume(volume, symbol);
  if (isRefusal(split)) return split;
  const sum = split.reduce((total, part) => total + part, 0n);
  const step = {
    step: "split",
    maximum,
    parts: String(split.length),
    volume: formatFixed(sum),
  };
  return { volume: sum, parts: split, steps: [...steps, step] };
}

/** The largest orders first; a rest under the minimum borrows from the last, or is left out. */
function splitVolume(
  volume: Fixed,
  { volumeMin, volumeMax }: SymbolView,
): readonly Fixed[] | Refusal {
  const whole = volume / volumeMax;
  const rest = volume % volumeMax;
  if (whole + (rest > 0n ? 1n : 0n) > BigInt(PARTS_MAX)) {
    return refuse("ABOVE_MAX_VOLUME", {
      step: "split",
      volume: formatFixed(volume),
      maximum: formatFixed(volumeMax),
      partsMax: String(PARTS_MAX),
    });
  }
  const parts = Array.from({ length: Number(whole) }, () => volumeMax);
  if (rest === 0n) return parts;
  if (rest >= volumeMin) return [...parts, rest];
  const lender = volumeMax - (volumeMin - rest);
  return lender >= volumeMin ? [...parts.slice(0, -1), lender, volumeMin] : parts;
}
