/** What is found out before a close is tried again: how much there is, and by which position it goes. */
import type { CopiedPosition } from "../follower/decision.ts";
import { type LedgerInstruction, nextAttempt } from "../follower/instruction.ts";
import type { CopiedRow } from "../follower/ledger.ts";
import type { AccountState } from "../follower/state.ts";
import { closable, type Next } from "./closable.ts";
import { oldestFirst } from "./oldest-first.ts";
import type { LaneDeps } from "./ports.ts";

export type Again = {
  /** The copy without what a hand took of it; null where nothing is known to be gone. */
  readonly left: CopiedPosition | null;
  /** It would only be refused again. */
  readonly isBlocked: boolean;
  /** Copies that have changed places, to be written first. */
  readonly rows: readonly CopiedRow[];
  instructions(fence: number): readonly LedgerInstruction[];
};

export async function tryAgain(
  account: AccountState,
  refused: LedgerInstruction & Next,
  deps: LaneDeps,
): Promise<Again> {
  const { volume, left } = await closable(account, refused, deps);
  const oldest = await oldestFirst(account, refused, deps);
  if (oldest === "blocked") return { left, isBlocked: true, rows: [], instructions: () => [] };
  return {
    ...{ left, isBlocked: false, rows: oldest?.rows ?? [] },
    instructions(fence) {
      const { code: _, afterMs: __, ...instruction } = refused;
      const positionId = oldest?.positionId ?? instruction.positionId;
      const attempt = { ...nextAttempt(instruction, { volume, fence }), positionId };
      return [attempt, ...(oldest?.protects ?? [])];
    },
  };
}
