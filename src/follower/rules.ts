/**
 * A subscription's rules as the deciders read them: parsed once per version, with every default
 * filled in, decimals exact and lists compiled. Rules that contradict themselves are BAD_RULES.
 */
import { badRules, readRules } from "./rules/parse.ts";
import type { Parsed } from "./rules/schema.ts";

/** Limits of what copies hold together. */
export type Caps = Pick<
  Parsed["guards"],
  "maxOpenPositions" | "maxVolumePerSymbol" | "maxTotalVolume" | "maxLeverage"
>;

export type Rules = Readonly<
  Omit<Parsed, "pendingGraceMs" | "waitForStopMs"> & {
    /** The same text for the same `stops`, so that a signal's stops are placed once for all. */
    stopsKey: string;
    newsKey: string;
    /** Whether any cap is set: most rules have none, and need not be asked one by one. */
    capped: boolean;
    /** Caps that the follower account's own layer sets: over all its subscriptions together. */
    accountCaps: Caps | null;
  }
>;
export type StopRule = Rules["stops"]["stopLoss"];

/** Reads rules as JSON values, all faults at once. */
export function parseRules(json: unknown): Rules {
  const { parsed, faults } = readRules(json);
  if (parsed === null || faults.length > 0) throw badRules(faults);
  return compileRules(parsed, null);
}

export function compileRules(parsed: Parsed, accountCaps: Caps | null): Rules {
  const { guards, stops, sizing, news } = parsed;
  const caps = [
    ...[guards.maxVolume, guards.maxRiskPerTradePercent, accountCaps],
    ...[guards.maxOpenPositions, guards.maxVolumePerSymbol],
    ...[guards.maxTotalVolume, guards.maxLeverage],
  ];
  return {
    ...parsed,
    stopsKey: JSON.stringify([stops, sizing.assumedStopPoints]),
    newsKey: JSON.stringify(news),
    capped:
      caps.some((cap) => cap !== null) ||
      guards.reservedMarginFraction > 0n ||
      parsed.shrinkToMargin,
    accountCaps,
  };
}

export const defaultRules: Rules = parseRules({});
