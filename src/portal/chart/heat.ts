/** Results by year and month, with a tone from deep loss to high gain. Pure. */
import { type Fixed, fixedToNumber, parseFixed } from "../../domain/fixed.ts";
import { profit } from "../view/format.ts";

export type HeatRow = {
  readonly year: string;
  readonly months: readonly {
    readonly text: string;
    readonly tone: string;
    readonly label: string;
  }[];
  readonly total: string;
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STEPS = 3;

export function heatMap(
  results: readonly { readonly month: string; readonly profit: string }[],
  currency: string,
): readonly HeatRow[] {
  const byMonth = new Map(results.map(({ month, profit: text }) => [month, parseFixed(text)]));
  const most = Math.max(1e-9, ...[...byMonth.values()].map((one) => Math.abs(fixedToNumber(one))));
  const years = [...new Set(results.map(({ month }) => month.slice(0, 4)))].sort().reverse();
  return years.map((year) => {
    let total: Fixed = 0n;
    const months = MONTHS.map((label, index) => {
      const value = byMonth.get(`${year}-${String(index + 1).padStart(2, "0")}`);
      if (value === undefined) return { label, text: "", tone: "none" };
      total += value;
      const share = Math.ceil((Math.abs(fixedToNumber(value)) / most) * STEPS);
      const tone = value === 0n ? "none" : `${value > 0n ? "up" : "down"}-${share}`;
      return { label, text: profit(value, currency), tone };
    });
    return { year, months, total: profit(total, currency) };
  });
}

export const MONTH_NAMES: readonly string[] = MONTHS;
