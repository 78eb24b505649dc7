/** The part of a history that a page shows; it stands in the address, so that it can be sent. */
import type { Performance } from "../../records/performance.ts";

const DAY_MS = 86_400_000;
const PERIODS = [
  { value: "1m", label: "1 month", days: 30 },
  { value: "3m", label: "3 months", days: 91 },
  { value: "1y", label: "1 year", days: 365 },
  { value: "all", label: "All", days: Number.POSITIVE_INFINITY },
] as const;

type Period = (typeof PERIODS)[number];

export const periodOf = (asked: string): Period =>
  PERIODS.find(({ value }) => value === asked) ?? PERIODS[3];

/** Counted back from the newest point. */
export function within(performance: Performance, { days }: Period): Performance {
  const { points, flows } = performance;
  const from = (points.at(-1)?.at.getTime() ?? 0) - days * DAY_MS;
  return {
    ...performance,
    points: points.filter(({ at }) => at.getTime() >= from),
    flows: flows.filter(({ at }) => at >= from),
  };
}

export function periodLinks(path: string, chosen: Period) {
  return PERIODS.map(({ value, label }) => ({
    label,
    href: value === "all" ? path : `${path}?period=${value}`,
    current: value === chosen.value,
  }));
}
