/**
 * The way back from a divergence, as instructions: what is missing is opened at the market, what is
 * too much is closed. Only where the master still holds the position, and never for what a person
 * ended by hand.
 */
import type { Instant } from "../domain/instant.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import type { Subscription } from "../follower/state.ts";
import type { BookPosition } from "../master/book.ts";
import type { Divergence } from "./divergence.ts";

export type RealignPlan =
  | { readonly possible: true; readonly instruction: LedgerInstruction }
  | { readonly possible: false; readonly why: string };

export type RealignContext = {
  readonly subscription: Subscription;
  /** The master's position now, or null where it is closed. */
  readonly master: BookPosition | null;
  readonly symbol: string;
  readonly fence: number;
  readonly now: Instant;
};

const VALID_MS = 60_000;

export function planRealign(divergence: Divergence, context: RealignContext): RealignPlan {
  const { subscription, master } = context;
  const missing = divergence.expected - divergence.actual;
  if (divergence.cause !== "REJECTED" && divergence.cause !== "PARTIAL") {
    return { possible: false, why: `a divergence of cause ${divergence.cause} is settled by hand` };
  }
  if (missing <= 0n) return { possible: false, why: "nothing is missing" };
  if (master === null) return { possible: false, why: "the master no longer holds the position" };
  const origin = {
    kind: "realign" as const,
    id: divergence.id,
    sequence: Math.floor(context.now / 1_000),
  };
  const copied = subscription.copied.get(divergence.position);
  return {
    possible: true,
    instruction: {
      key: instructionKey(origin, subscription.subscriptionId, 1, 1),
      account: subscription.account.account,
      partition: subscription.account.partition,
      fence: context.fence,
      origin,
      subscriptionId: subscription.subscriptionId,
      position: divergence.position,
      part: 1,
      attempt: 1,
      kind: "open",
      symbol: context.symbol,
      side: copied?.side ?? master.side,
      volume: missing,
      positionId: null,
      stopLoss: copied?.stopLoss ?? null,
      takeProfit: copied?.takeProfit ?? null,
      masterPrice: null,
      status: "sent",
      validUntil: context.now + VALID_MS,
    },
  };
}
