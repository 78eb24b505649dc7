/**
 * I7, I10 and I11 where they are decided: at the instant at which a process hands an order over, the
 * ledger has it, its lease holds under its fence, and nothing opens that a switch covers or that is
 * too late. What happens to the order after that instant is the broker's part.
 */
import type { Instruction } from "../../domain/instruction.ts";
import type { MemoryLedger } from "./ledger.ts";

export function breachesOf(instruction: Instruction, ledger: MemoryLedger): string[] {
  const { key, fence, validUntil } = instruction;
  const one = ledger.instructions.get(key)?.one;
  if (one === undefined) return [`${key} was sent before the ledger had it`];
  const now = ledger.now();
  const lease = ledger.leases[one.partition];
  const acknowledged = ledger.acknowledged.get(`1 ${one.account.accountId}`);
  const opens = one.kind === "open";
  return [
    ledger.stateOf(key) === "queued" ? "before it was claimed" : "",
    lease?.fence !== fence || lease.expiresAt <= now ? "under a lease that has ended" : "",
    opens && validUntil !== null && now > validUntil ? "after its time" : "",
    opens && acknowledged !== undefined ? "after the kill switch was acknowledged" : "",
  ].flatMap((why) => (why === "" ? [] : [`${key} was sent ${why}`]));
}
