/** Returns by year and month, with a tone from deep loss to high gain, and a sentence. Pure. */
import type { MonthReturn } from "../../report/returns.ts";
import { share } from "./figures.ts";

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

/** The newest year first; a year's total is what its months compound to. */
export function heatMap(returns: readonly MonthReturn[]): readonly HeatRow[] {
  const byMonth = new Map(returns.map(({ month, value }) => [month, value]));
  const most = Math.max(1e-9, ...returns.map(({ value }) => Math.abs(value)));
  const years = [...new Set(returns.map(({ month }) => month.slice(0, 4)))].sort().reverse();
  return years.map((year) => {
    let growth = 1;
    const months = MONTHS.map((label, index) => {
      const value = byMonth.get(`${year}-${String(index + 1).padStart(2, "0")}`);
      if (value === undefined) return { label, text: "", tone: "none" };
      growth *= 1 + value;
      const strength = Math.ceil((Math.abs(value) / most) * STEPS);
      const tone = strength === 0 ? "none" : `${value > 0 ? "up" : "down"}-${strength}`;
      return { label, text: signed(value), tone };
    });
    return { year, months, total: signed(growth - 1) };
  });
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${share(value)}`;

/** What the map shows, for who does not see its colours. */
export function heatWords(returns: readonly MonthReturn[]): string {
  const sorted = [...returns].sort((a, b) => a.value - b.value);
  const [worst, best] = [sorted[0], sorted.at(-1)];
  if (worst === undefined || best === undefined) return "There is no month to show yet.";
  const won = returns.filter(({ value }) => value > 0).length;
  return `${won} of ${returns.length} months gained. The best was ${best.month} with ${signed(best.value)}, the worst ${worst.month} with ${signed(worst.value)}.`;
}

export const MONTH_NAMES: readonly string[] = MONTHS;
