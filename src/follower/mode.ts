/**
 * What a subscription does at present. The rules and the subscription's own state may each say a
 * mode (an operator pauses what the rules would copy); the stricter one holds.
 */
import type { Rules } from "./rules.ts";

export type SubscriptionMode = Rules["mode"];

const STRICTNESS: Readonly<Record<SubscriptionMode, number>> = {
  active: 0,
  "close-only": 1,
  paused: 2,
  monitor: 3,
  stopped: 4,
};

export function stricterMode(a: SubscriptionMode, b: SubscriptionMode): SubscriptionMode {
  return STRICTNESS[a] >= STRICTNESS[b] ? a : b;
}
