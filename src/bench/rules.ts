/**
 * The rules that the bench's followers copy by. Every set admits what the bench's master does and
 * comes to exactly one order for each signal, so that a round has ended when all have sent one.
 */
import type { Enrolment } from "../hub/enrol.ts";

type Rules = Enrolment["subscriptions"][number]["rules"];

const ALL_DAY = ["00:00-24:00"];

export const plainRules = (index: number): Rules => ({
  sizing: { mode: "equity-ratio", multiplier: `0.${(index % 9) + 1}` },
});

/** Ten sets that together use every mode of sizing, the filters, the guards and the caps. */
export const MIXED_RULES: readonly Rules[] = [
  { sizing: { mode: "equity-ratio", multiplier: "0.5" }, carryRemainder: true },
  {
    sizing: { mode: "balance-ratio", raiseToMinimum: true, aboveMaximum: "cap" },
    includeCredit: true,
  },
  {
    sizing: { mode: "free-margin-ratio" },
    guards: { maxVolume: "0.75", reservedMarginFraction: "0.3" },
  },
  { sizing: { mode: "risk-percent", riskPercent: "1" }, guards: { maxRiskPerTradePercent: "2" } },
  {
    sizing: { mode: "fixed-volume", volume: "0.10" },
    symbols: { include: ["EUR*", "XAU*"], exclude: ["EURJPY"] },
    magic: { include: ["70-79"], exclude: ["71"] },
    comment: { exclude: ["test*"] },
    sides: ["buy"],
  },
  {
    sizing: { mode: "equity-percent", equityPercent: "50" },
    guards: { maxLeverage: "20", maxVolumePerSymbol: "10", maxTotalVolume: "30" },
  },
  { sizing: { mode: "fixed-leverage", leverage: "2" }, reduceCorrelation: "by-account" },
  {
    sizing: {
      mode: "custom",
      table: [
        { symbol: "XAUUSD", volume: "0.02" },
        { symbol: "*", riskPercent: "0.5" },
      ],
    },
    stops: { stopLoss: { mode: "fixed-points", points: 800 }, takeProfit: { mode: "none" } },
  },
  { sizing: { mode: "multiplier", multiplier: "0.3" }, reverse: true },
  {
    sizing: { mode: "same-volume" },
    masterVolume: { min: "0.05", max: "10" },
    windows: {
      timeZone: "Europe/London",
      weekdays: {
        mon: ALL_DAY,
        tue: ALL_DAY,
        wed: ALL_DAY,
        thu: ALL_DAY,
        fri: ALL_DAY,
        sat: ALL_DAY,
        sun: ALL_DAY,
      },
    },
    guards: {
      maxDeviationPoints: 50,
      maxSpreadPoints: 30,
      maxOpenPositions: 20,
      throttle: { count: 1_000, windowMs: 60_000 },
    },
  },
];
