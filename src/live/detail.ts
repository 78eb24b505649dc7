/** The numbers behind a skip, from the decision's own steps, as half a sentence; null where none. */
import type { SkipReason } from "../domain/codes.ts";
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import type { Step } from "../follower/decision.ts";

type Skipped = {
  readonly reason: SkipReason | null;
  readonly wanted: Fixed | null;
  readonly steps: readonly Step[];
};

/** Wanted lots are shown to this many digits that mean something. */
const SIGNIFICANT = 2;

export function detailOf({ reason, wanted, steps }: Skipped): string | null {
  const fact = (name: string): string | undefined =>
    steps.findLast((step) => step[name] !== undefined)?.[name];
  const lots = wanted === null ? undefined : shortLots(wanted);
  switch (reason) {
    case "BELOW_MIN_VOLUME":
      return said`${lots} lots wanted, the minimum is ${fact("minimum")}.`;
    case "BELOW_VOLUME_STEP":
      return said`${lots} lots to close, the step is ${fact("volumeStep")}.`;
    case "ABOVE_MAX_VOLUME":
      return said`${lots} lots wanted, the maximum is ${fact("maximum")}.`;
    case "MAX_VOLUME":
      return said`${lots} lots wanted, the rules allow ${fact("maxVolume")}.`;
    case "STALE":
      return said`${fact("ageMs")} ms old, the rules allow ${fact("maxAgeMs")}.`;
    case "PRICE_MOVED":
      return said`${fact("worsePoints")} points worse, the rules allow ${fact("maxDeviationPoints")}.`;
    case "SYMBOL_MISSING":
      return said`It was looked for as ${fact("symbol")}.`;
    default:
      return null;
  }
}

/** The sentence, or null where a fact is missing: half a truth is none. */
function said(parts: TemplateStringsArray, ...facts: (string | undefined)[]): string | null {
  if (facts.some((fact) => fact === undefined)) return null;
  return parts.map((part, index) => part + (facts[index] ?? "")).join("");
}

/** "0.0024" of 0.00243172: cut, never rounded up to what would have been enough. */
function shortLots(wanted: Fixed): string {
  const text = formatFixed(wanted, 2);
  const first = text.search(/[1-9]/);
  const point = text.indexOf(".");
  const end = Math.max(point + 3, first + SIGNIFICANT);
  return first < 0 ? "0" : text.slice(0, end);
}
