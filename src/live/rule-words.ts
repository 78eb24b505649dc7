/** A subscription's rules in a few words: how it sizes first, then what it leaves out. */
import { type Fixed, formatFixed, ONE } from "../domain/fixed.ts";
import type { Rules } from "../follower/rules.ts";

type Worded = Pick<Rules, "sizing" | "sides" | "guards" | "mode" | "reverse">;

export function ruleWords(rules: Worded): string {
  const { sides, guards, mode, reverse } = rules;
  const limits = [
    reverse ? "reversed" : null,
    sides.buy && sides.sell ? null : sides.buy ? "buys only" : "sells only",
    guards.maxVolume === null ? null : `at most ${formatFixed(guards.maxVolume)} lots`,
    guards.maxDeviationPoints === null ? null : `at most ${guards.maxDeviationPoints} points worse`,
    mode === "active" ? null : mode,
  ];
  return [sizingWords(rules.sizing), ...limits.filter((part) => part !== null)].join(", ");
}

function sizingWords(sizing: Worded["sizing"]): string {
  const { mode, multiplier, volume, riskPercent, equityPercent, leverage } = sizing;
  switch (mode) {
    case "risk-percent":
      return `risk ${formatFixed(riskPercent ?? 0n)} % a trade`;
    case "fixed-volume":
      return `fixed ${formatFixed(volume ?? 0n, 2)} lots`;
    case "equity-percent":
      return `${formatFixed(equityPercent ?? 0n)} % of equity as notional`;
    case "fixed-leverage":
      return `${formatFixed(leverage ?? 0n)} × equity as notional`;
    case "custom":
      return "by symbol";
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
