/**
 * What a subscription remembers of its own opens, read back from the ledger: what was stored with
 * the last mark of what is decided, and the decisions since.
 * Invariants: stored and read back, it is what memory held; a throttle that has tripped stays so
 * until somebody enabled it again at or after the signal that tripped it, and then counts from zero.
 */
import { z } from "zod";
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Recent, Step } from "./decision.ts";
import { NOTHING_RECENT } from "./state.ts";

const STORED = z.strictObject({
  carried: z.record(z.string(), z.string()),
  opens: z.array(z.int()),
  trippedBy: z.int().nullable(),
});

/** A decision on an open or an increase. */
export type PastDecision = {
  readonly sequence: number;
  readonly at: Instant;
  readonly decision: string;
  readonly reason: string | null;
  readonly steps: readonly Step[];
};

/** As JSON text. */
export function storedRecent({ carried, opens, trippedBy }: Recent): string {
  const lots = [...carried].map(([symbol, left]) => [symbol, formatFixed(left)]);
  return JSON.stringify({ carried: Object.fromEntries(lots), opens, trippedBy: trippedBy ?? null });
}

/** `stored`: null where nothing is; `past`: what was decided since, in order. */
export function recentOf(
  stored: unknown,
  past: readonly PastDecision[],
  context: {
    /** The master's last signal when it was last enabled again; 0: never. */
    readonly reenabledThrough: number;
    /** Whether the rules count opens. */
    readonly counts: boolean;
  },
): Recent {
  const start = read(stored);
  let { opens, trippedBy } = start;
  const trip = (sequence: number): void => {
    if (sequence > context.reenabledThrough) trippedBy = sequence;
    else {
      trippedBy = null;
      opens = [];
    }
  };
  if (trippedBy !== null) trip(trippedBy);
  for (const one of past) {
    if (one.decision === "copy" && context.counts) opens = [...opens, one.at];
    if (trips(one)) trip(one.sequence);
    const lost = lostBy(one);
    if (lost !== null) start.carried.set(lost.symbol, lost.left);
  }
  const { carried } = start;
  if (trippedBy === null && carried.size === 0 && opens.length === 0) return NOTHING_RECENT;
  if (trippedBy === null) return { carried, opens, tripped: false };
  return { carried, opens, tripped: true, trippedBy };
}

/** As it is once somebody has enabled it again. */
export function reenabled({ carried }: Recent): Recent {
  return { carried, opens: [], tripped: false };
}

function read(stored: unknown) {
  if (stored === null || stored === undefined) {
    return { carried: new Map<string, Fixed>(), opens: [] as readonly Instant[], trippedBy: null };
  }
  const result = STORED.safeParse(stored);
  if (!result.success) {
    throw new LockstepError("BAD_MESSAGE", { what: "what a subscription remembers of its opens" });
  }
  const { carried, opens, trippedBy } = result.data;
  const lots = Object.entries(carried).map(([symbol, left]) => [symbol, parseFixed(left)] as const);
  return { carried: new Map(lots), opens: opens as readonly Instant[], trippedBy };
}

function trips({ reason, steps }: PastDecision): boolean {
  return reason === "THROTTLED" && steps.some((one) => one["trips"] === "yes");
}

/** What rounding has lost counts where it was opened, and where it was all. */
function lostBy({ decision, reason, steps }: PastDecision) {
  if (decision !== "copy" && reason !== "BELOW_MIN_VOLUME") return null;
  const step = steps.findLast((one) => one["left"] !== undefined && one["symbol"] !== undefined);
  if (step === undefined) return null;
  return { symbol: step["symbol"] ?? "", left: parseFixed(step["left"] ?? "0") };
}
