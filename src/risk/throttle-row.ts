/** A throttle as a row of the guards' store: written with its trip, read back at take-over. */
import { idOf } from "../domain/ids.ts";
import type { LimitEvent } from "./limit-event.ts";
import { stateToJson, throttleStateFromJson } from "./state-json.ts";
import type { GuardChange, StoredGuard } from "./store.ts";
import { INITIAL_THROTTLE, type ThrottleState } from "./throttle.ts";

export type KeptThrottle = { readonly state: ThrottleState; readonly version: number };

export const throttleIdOf = (subscriptionId: string): string => idOf("throttle", subscriptionId);

/** What is remembered of a subscription's throttle; a fresh one where nothing is. */
export function keptThrottle(subscriptionId: string, stored: readonly StoredGuard[]): KeptThrottle {
  const found = stored.find(({ guardId }) => guardId === throttleIdOf(subscriptionId));
  if (found === undefined) return { state: INITIAL_THROTTLE, version: 0 };
  return { state: throttleStateFromJson(found.state), version: found.version };
}

/** The change to save; the version it then has is `version + 1`. */
export function throttleChange(
  subscriptionId: string,
  kept: KeptThrottle,
  event: LimitEvent,
): GuardChange {
  return {
    guard: {
      guardId: throttleIdOf(subscriptionId),
      kind: "throttle",
      scope: { kind: "subscription", id: subscriptionId },
      basis: "",
      stage: event.to,
      events: kept.state.events,
      version: kept.version + 1,
      state: stateToJson(kept.state),
    },
    events: [event],
  };
}
