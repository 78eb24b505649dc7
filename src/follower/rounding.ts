/**
 * From the exact size to orders. Opens are rounded down to the symbol's step, with what rounding
 * lost before where the rules carry it; then raised to the symbol's minimum where the rules allow
 * it, cut to every cap, and split or capped at the symbol's largest order.
 * Invariants: every order is a whole number of steps from the symbol's smallest to its largest
 * order; together they are never more than the size, but for a raise or a carried remainder, which
 * place at most maxRiskCoefficient times the intended risk; nothing exceeds a cap.
 */
import { type Fixed, floorTo, formatFixed, minFixed, ONE } from "../domain/fixed.ts";
import type { Cap } from "./caps.ts";
import type { Remember, Step } from "./decision.ts";
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
  /** What led here, the steps before included; the caller's to go on with. */
  readonly steps: Step[];
  readonly remember?: Remember;
};

export type Rounding = {
  readonly symbol: SymbolView;
  readonly rules: Rules;
  readonly caps: readonly Cap[];
  /** Lots that earlier roundings of the symbol have lost. */
  readonly carried: Fixed;
  /** The steps that led to the size. */
  readonly before: readonly Step[];
};

type Answer = Rounded | (Refusal & { readonly remember?: Remember });

export function roundOpen(size: Size, given: Rounding): Answer {
  const { symbol, rules, carried } = given;
  const step = symbol.spec.volumeStep;
  if (rules.carryRemainder) return roundCarrying(size, given);
  const floored = (size.n / (size.d * step)) * step;
  return raiseOrCut(size, floored, given, roundStep(symbol, floored, carried));
}

function roundStep(symbol: SymbolView, floored: Fixed, carried: Fixed): Step {
  const { volumeStepText: volumeStep } = symbol;
  const volume = formatFixed(floored);
  if (carried === 0n) return { step: "round", volumeStep, volume };
  return { step: "round", carried: formatFixed(carried), volumeStep, volume };
}

/** With what was lost before, unless that would place more than the coefficient allows. */
function roundCarrying(size: Size, given: Rounding): Answer {
  const { symbol, rules, carried } = given;
  const step = symbol.spec.volumeStep;
  const withCarried = ((size.n + carried * size.d) / (size.d * step)) * step;
  const most = rules.sizing.maxRiskCoefficient;
  const isUsed = withCarried * size.d * ONE <= most * size.n;
  const floored = isUsed ? withCarried : (size.n / (size.d * step)) * step;
  const answer = raiseOrCut(
    size,
    floored,
    given,
    roundStep(symbol, floored, isUsed ? carried : 0n),
  );
  if (isRefusal(answer) && answer.refused !== "BELOW_MIN_VOLUME") return answer;
  // What is opened counts, but for a cut: that was not rounding's loss.
  const opened = isRefusal(answer) ? 0n : floored;
  const isRaised = !isRefusal(answer) && floored < symbol.volumeMin;
  const lost = size.n / size.d + carried - opened;
  const left = isRaised ? 0n : minFixed(step, lost);
  const remember = { carried: { symbol: symbol.spec.name, left } };
  if (isRefusal(answer)) {
    const { name } = symbol.spec;
    return { ...answer, step: { ...answer.step, symbol: name, left: formatFixed(left) }, remember };
  }
  answer.steps.push({ step: "carry", symbol: symbol.spec.name, left: formatFixed(left) });
  return { ...answer, remember };
}

function raiseOrCut(size: Size, floored: Fixed, given: Rounding, step: Step): Rounded | Refusal {
  if (floored < given.symbol.volumeMin) return raise(size, given, step);
  return cut(floored, given, [...given.before, step]);
}

/** The smallest order instead of none, where its risk is bounded. */
function raise(size: Size, given: Rounding, round: Step): Rounded | Refusal {
  const { symbol, rules } = given;
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
  return cut(minimum, given, [...given.before, round, raised]);
}

function cut(volume: Fixed, given: Rounding, steps: Step[]): Rounded | Refusal {
  const { symbol, rules, caps } = given;
  let left = volume;
  for (const { reason, room, cuts, facts } of caps) {
    if (left <= room) continue;
    const allowed = floorTo(room, symbol.spec.volumeStep);
    const step = { step: "cut", ...facts, volume: formatFixed(allowed) };
    if (!cuts || allowed < symbol.volumeMin) return refuse(reason, step);
    left = allowed;
    steps.push(step);
  }
  return fitToMaximum(left, symbol, rules, steps);
}

function fitToMaximum(
  volume: Fixed,
  symbol: SymbolView,
  rules: Rules,
  steps: Step[],
): Rounded | Refusal {
  const { volumeMax } = symbol;
  if (volume <= volumeMax) return { volume, parts: [volume], steps };
  const maximum = formatFixed(volumeMax);
  if (volumeMax < symbol.volumeMin || volumeMax <= 0n) {
    return refuse("ABOVE_MAX_VOLUME", { step: "split", maximum });
  }
  if (rules.sizing.aboveMaximum === "cap") {
    const step = { step: "cap", maximum, volume: maximum };
    steps.push(step);
    return { volume: volumeMax, parts: [volumeMax], steps };
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
  steps.push(step);
  return { volume: sum, parts: split, steps };
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
