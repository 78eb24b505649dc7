/** How the facts of a step are written. */
import type { Step } from "../follower/decision.ts";

export const of = (step: Step, name: string): string => step[name] ?? "–";

/** The step's facts but for `left`, as "name value" pairs. */
export function facts(step: Step, left: readonly string[]): string {
  return Object.entries(step)
    .filter(([name]) => name !== "step" && !left.includes(name))
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** "50000" as "50,000.00"; what is no amount stays as it is. */
export function moneyWords(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign, whole = "", fraction = ""] = match;
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction.padEnd(2, "0")}`;
}
