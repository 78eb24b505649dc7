/** Which settings a recorded step was decided by, so that their layers can be told. */
import type { Step } from "../follower/decision.ts";

const SIZE_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  "fixed-volume": ["sizing.volume"],
  "risk-percent": ["sizing.riskPercent", "sizing.assumedStopPoints"],
  "equity-percent": ["sizing.equityPercent"],
  "fixed-leverage": ["sizing.leverage"],
  custom: ["sizing.table"],
};

const FILTERS: Readonly<Record<string, string>> = {
  symbol: "symbols",
  side: "sides",
  magic: "magic",
  comment: "comment",
  min: "masterVolume.min",
  max: "masterVolume.max",
  pendingOrders: "pendingOrders",
  below: "masterDrawdown.below",
  above: "masterDrawdown.above",
};

const BY_STEP: Readonly<Record<string, readonly string[]>> = {
  carry: ["carryRemainder"],
  raise: ["sizing.raiseToMinimum", "sizing.maxRiskCoefficient"],
  split: ["sizing.aboveMaximum"],
  cap: ["sizing.aboveMaximum"],
  correlation: ["reduceCorrelation"],
  hours: ["windows"],
  news: ["news"],
  throttle: ["guards.throttle"],
  delay: ["guards.delayMs"],
  monitor: ["mode"],
  pending: ["pendingOrders"],
  order: ["pendingOrders"],
};

export function settingsBehind(step: Step): readonly string[] {
  switch (step.step) {
    case "size": {
      const own = SIZE_SETTINGS[step["mode"] ?? ""] ?? ["sizing.multiplier"];
      return ["sizing.mode", ...own];
    }
    case "round":
      return step["carried"] === undefined ? [] : ["carryRemainder"];
    case "filter":
      return Object.keys(step).flatMap((fact) => FILTERS[fact] ?? []);
    case "cut":
      return step["freeMargin"] === undefined
        ? guardsIn(step)
        : ["guards.reservedMarginFraction", "shrinkToMargin"];
    case "price":
      return step["copyExisting"] === undefined ? guardsIn(step) : ["copyExisting"];
    case "subscription":
      return step["fact"] === "mode" ? ["mode"] : [];
    default:
      return BY_STEP[step.step] ?? [];
  }
}

const guardsIn = (step: Step): readonly string[] =>
  Object.keys(step)
    .filter((fact) => fact.startsWith("max"))
    .map((fact) => `guards.${fact}`);
