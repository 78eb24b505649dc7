/** Where a copy and a divergence stand: the subscription, and the master's position. Pure. */
import type { CopiedPosition } from "../follower/decision.ts";

type Place = { readonly subscriptionId: string | null; readonly position: string };

export const placeOf = (one: Place): string => `${one.subscriptionId ?? ""} ${one.position}`;

export const samePlace = (a: Place, b: Place): boolean =>
  a.subscriptionId === b.subscriptionId && a.position === b.position;

/** Whether nothing has become different: copies are replaced, never edited. */
export const isSame = (
  now: readonly CopiedPosition[],
  before: readonly CopiedPosition[],
): boolean => now.length === before.length && now.every((one, index) => one === before[index]);
