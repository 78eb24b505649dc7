/**
 * One value of every setting that differs from its default, as rules that hold by themselves: what a
 * setting needs besides comes with it.
 */

type Json = Readonly<Record<string, unknown>>;

const sized = (mode: string, more: Json): Json => ({ sizing: { mode, ...more } });
const guards = (more: Json): Json => ({ guards: more });

/** By the setting's path. */
export const EVERY_SETTING: Readonly<Record<string, Json>> = {
  "sizing.mode": sized("multiplier", {}),
  "sizing.multiplier": { sizing: { multiplier: "0.5" } },
  "sizing.volume": sized("fixed-volume", { volume: "0.1" }),
  "sizing.riskPercent": sized("risk-percent", { riskPercent: "1", assumedStopPoints: 300 }),
  "sizing.equityPercent": sized("equity-percent", { equityPercent: "50" }),
  "sizing.leverage": sized("fixed-leverage", { leverage: "2" }),
  "sizing.assumedStopPoints": { sizing: { assumedStopPoints: 250 } },
  "sizing.raiseToMinimum": { sizing: { raiseToMinimum: true } },
  "sizing.maxRiskCoefficient": { sizing: { raiseToMinimum: true, maxRiskCoefficient: "3" } },
  "sizing.aboveMaximum": { sizing: { aboveMaximum: "cap" } },
  "sizing.table": sized("custom", { table: [{ symbol: "*", volume: "0.02" }] }),
  symbols: { symbols: { include: ["EUR*"], exclude: [] } },
  sides: { sides: ["buy"] },
  magic: { magic: { include: [], exclude: ["7"] } },
  comment: { comment: { include: [], exclude: ["test*"] } },
  "masterVolume.min": { masterVolume: { min: "0.05" } },
  "masterVolume.max": { masterVolume: { max: "10" } },
  "masterDrawdown.below": { masterDrawdown: { below: "0.5" } },
  "masterDrawdown.above": { masterDrawdown: { above: "0.01" } },
  pendingOrders: { pendingOrders: "off" },
  pendingGraceMs: { pendingGraceMs: 60_000 },
  windows: { windows: { timeZone: "Europe/London", weekdays: { thu: ["00:00-24:00"] } } },
  news: { news: { impact: ["high"], beforeMinutes: 5, closeBefore: true } },
  "guards.maxAgeMs": guards({ maxAgeMs: 5_000 }),
  "guards.maxDeviationPoints": guards({ maxDeviationPoints: 100 }),
  "guards.maxDeviationPercent": guards({ maxDeviationPercent: "1" }),
  "guards.maxSpreadPoints": guards({ maxSpreadPoints: 30 }),
  "guards.maxVolume": guards({ maxVolume: "0.3" }),
  "guards.maxOpenPositions": guards({ maxOpenPositions: 1 }),
  "guards.maxVolumePerSymbol": guards({ maxVolumePerSymbol: "0.4" }),
  "guards.maxTotalVolume": guards({ maxTotalVolume: "0.4" }),
  "guards.maxLeverage": guards({ maxLeverage: "1" }),
  "guards.maxRiskPerTradePercent": guards({ maxRiskPerTradePercent: "2" }),
  "guards.reservedMarginFraction": guards({ reservedMarginFraction: "0.3" }),
  "guards.throttle": guards({ throttle: { count: 1, windowMs: 60_000 } }),
  "guards.delayMs": guards({ delayMs: { min: 10, max: 20 } }),
  "stops.stopLoss.mode": { stops: { stopLoss: { mode: "copy-price" } } },
  "stops.stopLoss.points": { stops: { stopLoss: { mode: "fixed-points", points: 200 } } },
  "stops.stopLoss.offsetPoints": { stops: { stopLoss: { offsetPoints: 10 } } },
  "stops.takeProfit.mode": { stops: { takeProfit: { mode: "none" } } },
  "stops.takeProfit.points": { stops: { takeProfit: { mode: "fixed-points", points: 300 } } },
  "stops.takeProfit.offsetPoints": { stops: { takeProfit: { offsetPoints: 10 } } },
  "stops.lockAfterOpen": { stops: { lockAfterOpen: true } },
  "stops.illegal": { stops: { illegal: "skip" } },
  "symbolMap.suffix": { symbolMap: { suffix: "" } },
  "symbolMap.pairs": { symbolMap: { pairs: [{ from: "GOLD", to: "XAUUSD" }] } },
  reverse: { reverse: true },
  includeCredit: { includeCredit: true },
  carryRemainder: { carryRemainder: true },
  shrinkToMargin: { shrinkToMargin: true },
  copyExisting: { copyExisting: "all" },
  mode: { mode: "close-only" },
  waitForStopMs: { waitForStopMs: 100 },
  reduceCorrelation: { reduceCorrelation: "by-account" },
  limits: {
    limits: [{ measure: "equity-from-peak", period: "day", relative: "0.05", alertAt: "0.7" }],
  },
};
