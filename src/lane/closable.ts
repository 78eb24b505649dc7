/**
 * How much the next attempt at a close asks for. A broker that refuses the volume of a close has
 * less than is to be closed, since somebody has closed a part by hand and nothing has told of it
 * yet: what is left of the position is closed then, and what is missing is found by comparing.
 */
import type { OutcomeCode } from "../domain/codes.ts";
import { type Fixed, minFixed } from "../domain/fixed.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Protections } from "../platform/protections.ts";

type Refused = Pick<LedgerInstruction, "kind" | "symbol" | "side" | "positionId"> & {
  readonly volume: Fixed | null;
  readonly code: OutcomeCode | null;
};

/** The attempt that follows a refusal. */
export type Next = Pick<Refused, "volume" | "code"> & { readonly afterMs: number };

type Deps = {
  readonly protections: Protections;
  gateway(account: AccountState): Gateway;
  fault(error: unknown, doing: string): void;
};

export async function closable(
  account: AccountState,
  { kind, symbol, side, positionId, volume, code }: Refused,
  deps: Deps,
): Promise<Fixed | null> {
  if (!deps.protections("closes-what-is-left")) return volume;
  if (kind !== "close" || code !== "INVALID_VOLUME" || volume === null) return volume;
  try {
    const { positions } = await deps.gateway(account).snapshot(account.account);
    const standing = positions.find((one) =>
      account.positionMode === "netting"
        ? one.symbol === symbol && one.side === side
        : one.id === positionId,
    );
    // Where it is gone the broker says so itself, and that ends the close.
    return standing === undefined ? volume : minFixed(volume, standing.volume);
  } catch (error) {
    deps.fault(error, "looking at what can be closed");
    return volume;
  }
}
