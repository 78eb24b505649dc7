/**
 * A copy counted anew: where less of it is there than was counted, and nothing says why, it holds
 * what was found from the moment in which somebody has decided about the divergence. Pure.
 */
import type { CopiedPosition } from "../follower/decision.ts";
import { afterOwnHand } from "../follower/outcome.ts";
import type { Divergence } from "./divergence.ts";

/** The copy itself where there is nothing to count anew. */
export function asFound(copied: CopiedPosition, divergence: Divergence): CopiedPosition {
  const { cause, positionId, actual } = divergence;
  const isCounted = cause === "VANISHED" || cause === "VOLUME";
  const holding = copied.holdings.find((one) => one.positionId === positionId);
  if (!isCounted || holding === undefined || holding.volume <= actual) return copied;
  return afterOwnHand(copied, holding.positionId, holding.volume - actual, "client");
}
