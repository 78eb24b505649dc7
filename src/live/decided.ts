/** A decision as it was just written, as an answer without ends. */
import type { Decision } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { Decided, Part } from "./answer.ts";

type Written = {
  readonly decision: Decision;
  readonly instructions: readonly LedgerInstruction[];
};

export function decidedOf({ decision, instructions }: Written): Decided {
  const parts = instructions.map(({ part, volume, symbol }): [number, Part] => [
    part,
    { planned: volume, symbol, ended: null },
  ]);
  const { reason, wanted, steps } = decision;
  return { decision: decision.decision, reason, wanted, steps, parts: new Map(parts) };
}
