/**
 * How much the next attempt at a close asks for. A broker that refuses the volume of a close has
 * less than is to be closed, since somebody has closed a part by hand and nothing has told of it
 * yet: what is left of the position is closed then. What is missing is found by comparing; on a netting
 * account it is taken out of the copy at once.
 */
import type { OutcomeCode } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { afterOwnHand } from "../follower/outcome.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Protections } from "../platform/protections.ts";

type Refused = Pick<
  LedgerInstruction,
  "kind" | "symbol" | "side" | "positionId" | "subscriptionId" | "position"
> & {
  readonly volume: Fixed | null;
  readonly code: OutcomeCode | null;
};

/** The attempt that follows a refusal. */
export type Next = Pick<Refused, "volume" | "code"> & { readonly afterMs: number };

type Deps = {
  readonly protections: Protections;
  gateway(account: AccountState): Gateway;
  subscription(id: string): Subscription | undefined;
  fault(error: unknown, doing: string): void;
};

type Closable = {
  readonly volume: Fixed | null;
  /** The copy without what a hand took of it; null where nothing is known to be gone. */
  readonly left: CopiedPosition | null;
};

export async function closable(
  account: AccountState,
  refused: Refused,
  deps: Deps,
): Promise<Closable> {
  const { kind, symbol, side, positionId, volume, code } = refused;
  const asIs = { volume, left: null };
  if (!deps.protections("closes-what-is-left")) return asIs;
  if (kind !== "close" || code !== "INVALID_VOLUME" || volume === null) return asIs;
  try {
    const { positions } = await deps.gateway(account).snapshot(account.account);
    const standing = positions.find((one) =>
      account.positionMode === "netting"
        ? one.symbol === symbol && one.side === side
        : one.id === positionId,
    );
    // Where it is gone the broker says so itself, and that ends the close.
    if (standing === undefined || standing.volume >= volume) return asIs;
    const gone = volume - standing.volume;
    return { volume: standing.volume, left: withoutHand(account, refused, { gone, deps }) };
  } catch (error) {
    deps.fault(error, "looking at what can be closed");
    return asIs;
  }
}

/**
 * On a netting account the copy alone was more than all that stands: so much of it a hand has taken,
 * and comparing would not find it where other copies of the symbol make up the sum.
 */
function withoutHand(
  { positionMode }: AccountState,
  { subscriptionId, position, positionId }: Refused,
  { gone, deps }: { readonly gone: Fixed; readonly deps: Deps },
): CopiedPosition | null {
  const copies = deps.subscription(subscriptionId)?.copied;
  const copied = copies?.get(position);
  if (positionMode === "hedging" || copied === undefined || positionId === null) return null;
  const left = afterOwnHand(copied, positionId, gone, "client");
  copies?.set(position, left);
  return left;
}
