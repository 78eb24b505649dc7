/**
 * Ends an unknown outcome by asking the broker. "Not found" counts only after the quarantine, and
 * only three times over, spaced: until then the order may still be on its way.
 */
import { isLockstepError } from "../domain/errors.ts";
import { isTerminal, type Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Protections } from "../platform/protections.ts";
import { rest } from "./rest.ts";
import { localOutcome } from "./settle.ts";

export const MISSES_NEEDED = 3;
const SPACING_FRACTION = 10;
const SPACING_LEAST_MS = 20;

export type LookupDeps = {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly protections: Protections;
  readonly stopping: AbortSignal;
  /** False once another process, or an answer that came late, has ended it. */
  isOurs(): boolean;
  fault(error: unknown, doing: string): void;
};

/** The terminal outcome, or null where it is no longer ours to find. */
export async function lookUp(
  instruction: LedgerInstruction,
  deps: LookupDeps,
): Promise<Outcome | null> {
  const { quarantineMs } = deps.gateway.capabilities(instruction.account);
  const since = deps.clock.now();
  const quarantine = deps.protections("quarantine") ? quarantineMs : 0;
  const spacing = Math.max(SPACING_LEAST_MS, Math.round(quarantineMs / SPACING_FRACTION));
  let misses = 0;
  while (deps.isOurs()) {
    const found = await ask(instruction, deps);
    if (found !== null && found !== "missing" && isTerminal(found.status)) return found;
    if (found === "missing" && deps.clock.now() - since >= quarantine) misses += 1;
    if (misses >= MISSES_NEEDED) return localOutcome("NEVER_ARRIVED", deps.clock.now());
    if (!(await rest(deps.timers, spacing, deps.stopping))) return null;
  }
  return null;
}

async function ask(
  instruction: LedgerInstruction,
  deps: LookupDeps,
): Promise<Outcome | "missing" | null> {
  try {
    const { account, key, fence } = instruction;
    const found = await deps.gateway.lookup(
      account,
      key,
      deps.protections("lookup-carries-fence") ? fence : undefined,
    );
    return found.status === "not-found" ? "missing" : found;
  } catch (error) {
    if (!isLockstepError(error, "GATEWAY_DOWN")) deps.fault(error, "looking up an instruction");
    return null;
  }
}
