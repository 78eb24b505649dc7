/** How a size came about, with the numbers of its mode. */
import type { Step } from "../follower/decision.ts";
import { facts, moneyWords, of } from "./facts.ts";

const RATIO_NAMES: Readonly<Record<string, string>> = {
  "equity-ratio": "equity",
  "balance-ratio": "balance",
  "free-margin-ratio": "free margin",
};

/** "equity 50,000.00 / 100,000.00 × 0.8 lots → 0.4 lots" */
export function sizeWords(step: Step): string {
  const mode = of(step, "mode");
  if (step["wanted"] === undefined) return `size by ${mode}: ${facts(step, ["mode"])}`;
  const row = step["row"] === undefined ? "" : `by the table's row ${step["row"]}: `;
  return `${row}${reckoning(mode, step)} → ${of(step, "wanted")} lots`;
}

function reckoning(mode: string, step: Step): string {
  const name = RATIO_NAMES[mode];
  if (name !== undefined) {
    const rate = of(step, "rate") === "1" ? "" : ` / rate ${of(step, "rate")}`;
    const own = `${name} ${money(step, "ownFigure")} / ${money(step, "masterFigure")}${rate}`;
    return `${own} × ${lots(step)}`;
  }
  if (step["riskPercent"] !== undefined) {
    const risk = `${of(step, "riskPercent")} % of equity ${money(step, "ownFigure")}`;
    return `${risk} at risk over a stop ${of(step, "distance")} away`;
  }
  if (step["lotNotional"] !== undefined) {
    const notional = `${of(step, "times")} × equity ${money(step, "ownFigure")}`;
    return `${notional} / ${money(step, "lotNotional")} a lot`;
  }
  if (step["masterVolume"] === undefined) return "a fixed volume";
  return lots(step);
}

const money = (step: Step, name: string): string => moneyWords(of(step, name));

function lots(step: Step): string {
  const times = of(step, "multiplier") === "1" ? "" : ` × ${of(step, "multiplier")}`;
  return `${of(step, "masterVolume")} lots${times}${contracts(step)}`;
}

function contracts(step: Step): string {
  if (step["masterContract"] === undefined) return "";
  const factor = step["priceFactor"] === undefined ? "" : ` / price factor ${step["priceFactor"]}`;
  return ` × contract ${of(step, "masterContract")} / ${of(step, "ownContract")}${factor}`;
}
