/** A subscription's rules in a few words: how it sizes first, then what it leaves out. */
import { type Fixed, formatFixed, ONE } from "../domain/fixed.ts";
import type { Rules } from "../follower/rules.ts";

type Worded = Pick<Rules, "sizing" | "sides" | "guards" | "mode">;

export function ruleWords(rules: Worded): string {
  const { sides, guards, mode } = rules;
  const limits = [
    sides.buy && sides.sell ? null : sides.buy ? "buys only" : "sells only",
    guards.maxVolume === null ? null : `at most ${formatFixed(guards.maxVolume)} lots`,
    guards.maxDeviationPoints === null ? null : `at most ${guards.maxDeviationPoints} points worse`,
    mode === "active" ? null : mode,
  ];
  return [sizingWords(rules.sizing), ...limits.filter((part) => part !== null)].join(", ");
}

function sizingWords(sizing: Worded["sizing"]): string {
  const { mode, multiplier, volume, riskPercent } = sizing;
  switch (mode) {
    case "risk-percent":
      return `risk ${formatFixed(riskPercent ?? 0n)} % a trade`;
    case "fixed-volume":
      return `fixed ${formatFixed(volume ?? 0n, 2)} lots`;
    case "multiplier":
      return `master's lots × ${formatFixed(multiplier)}`;
    case "same-volume":
      return timesWords("same lots", multiplier);
    default:
      return timesWords(mode.replaceAll("-", " "), multiplier);
  }
}

function timesWords(words: string, multiplier: Fixed): string {
  return multiplier === ONE ? words : `${words} × ${formatFixed(multiplier)}`;
}
