/**
 * What may befall an order on its way, drawn from a seed: delays, rejections, partial fills, and
 * requests or answers that are lost. Each order draws its whole fate at once, so that one rate
 * changed leaves the other draws as they were.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Instruction } from "../../domain/instruction.ts";
import { integerBetween, type Random } from "../../platform/random.ts";
import type { Interference } from "./model.ts";
import { meaningOf } from "./retcodes.ts";

/** Rates are shares of all orders, from 0 to 1. */
export type Faults = {
  /** For the round trip, half of it each way. */
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly rejectRate: number;
  /** MetaTrader retcodes to reject with. */
  readonly rejectCodes: readonly number[];
  readonly partialRate: number;
  /** Executed, and the answer never comes. */
  readonly lostReplyRate: number;
  /** Never arrives, and no answer comes either. */
  readonly lostRequestRate: number;
};

export const NO_FAULTS: Faults = {
  latencyMs: { min: 0, max: 0 },
  rejectRate: 0,
  rejectCodes: [],
  partialRate: 0,
  lostReplyRate: 0,
  lostRequestRate: 0,
};

export type Fate = Interference & {
  readonly requestMs: number;
  readonly replyMs: number;
  readonly lost: "request" | "reply" | null;
};

export const CALM: Fate = {
  requestMs: 0,
  replyMs: 0,
  lost: null,
  rejectWith: null,
  fillPpm: null,
};

export type Fates = (instruction: Instruction) => Fate;

export const calmFates: Fates = () => CALM;

/** Throws BAD_CONFIG for a rate outside 0 to 1 and for a code that is no rejection. */
export function seededFates(faults: Faults, random: Random): Fates {
  refuseBadFaults(faults);
  return () => {
    const delayMs = integerBetween(random, faults.latencyMs.min, faults.latencyMs.max);
    const [reject, partial, reply, request] = Array.from({ length: 4 }, () => random.next());
    const which = integerBetween(random, 0, Math.max(0, faults.rejectCodes.length - 1));
    const share = integerBetween(random, 1, 999_999);
    return {
      requestMs: Math.floor(delayMs / 2),
      replyMs: Math.ceil(delayMs / 2),
      lost: lossOf(faults, request ?? 1, reply ?? 1),
      rejectWith: (reject ?? 1) < faults.rejectRate ? (faults.rejectCodes[which] ?? null) : null,
      fillPpm: (partial ?? 1) < faults.partialRate ? share : null,
    };
  };
}

function lossOf(faults: Faults, request: number, reply: number): Fate["lost"] {
  if (request < faults.lostRequestRate) return "request";
  return reply < faults.lostReplyRate ? "reply" : null;
}

function refuseBadFaults(faults: Faults): void {
  const { rejectRate, partialRate, lostReplyRate, lostRequestRate, latencyMs } = faults;
  for (const [name, rate] of Object.entries({
    rejectRate,
    partialRate,
    lostReplyRate,
    lostRequestRate,
  })) {
    if (rate >= 0 && rate <= 1) continue;
    throw new LockstepError("BAD_CONFIG", { name, rate, expected: "a share from 0 to 1" });
  }
  if (!(latencyMs.min >= 0 && latencyMs.max >= latencyMs.min)) {
    throw new LockstepError("BAD_CONFIG", { name: "latencyMs", expected: "0 ≤ min ≤ max" });
  }
  for (const retcode of faults.rejectCodes) {
    if (["rejected", "unknown"].includes(meaningOf(retcode).status)) continue;
    throw new LockstepError("BAD_CONFIG", { name: "rejectCodes", retcode, expected: "a refusal" });
  }
}
