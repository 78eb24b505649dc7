/**
 * What one subscription answered to one signal, as facts that arrive one by one: a decision, then
 * the end of each of its parts. Live and read back from the ledger it is the same record.
 * Invariants: an answer is terminal once every part has ended; what was filled counts over all
 * attempts of a part; a skip has no parts.
 */
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { Side } from "../domain/trade.ts";
import type { Step } from "../follower/decision.ts";
import type { SignalKind } from "../master/signal.ts";
import type { LiveAnswer } from "../portal/live.ts";
import { detailOf } from "./detail.ts";

/** How the last attempt at a part ended. */
export type Ended = {
  readonly status: OutcomeStatus;
  readonly code: OutcomeCode | null;
  /** Lots, over all attempts. */
  readonly filled: Fixed;
  readonly price: Fixed | null;
  readonly latencyMs: number;
};

export type Part = {
  /** Lots of the first attempt; null where the kind has none. */
  readonly planned: Fixed | null;
  /** The follower broker's own name. */
  readonly symbol: string;
  readonly ended: Ended | null;
};

export type Decided = {
  readonly decision: "copy" | "skip";
  readonly reason: SkipReason | null;
  readonly wanted: Fixed | null;
  readonly steps: readonly Step[];
  readonly parts: ReadonlyMap<number, Part>;
};

/** Lots of all attempts at a part, from its plan and what the last attempt was left with. */
export function filledOf(planned: Fixed | null, last: Fixed | null, filled: Fixed): Fixed {
  return planned === null || last === null ? filled : planned - last + filled;
}

export function withEnd(decided: Decided, part: number, ended: Ended): Decided {
  const known = decided.parts.get(part);
  if (known === undefined) return decided;
  return { ...decided, parts: new Map(decided.parts).set(part, { ...known, ended }) };
}

export function isOpen(decided: Decided): boolean {
  for (const part of decided.parts.values()) if (part.ended === null) return true;
  return false;
}

const UNDECIDED: LiveAnswer = {
  decision: null,
  reason: null,
  outcome: null,
  code: null,
  detail: null,
  latencyMs: null,
};

/** `unknown`: whether an instruction of it was sent and its answer is not known. */
export function answerOf(decided: Decided | null, unknown: boolean): LiveAnswer {
  if (decided === null) return UNDECIDED;
  const { decision, reason } = decided;
  if (decision === "skip") return { ...UNDECIDED, decision, reason, detail: detailOf(decided) };
  const ends = endsOf(decided);
  if (ends === null) {
    return unknown
      ? { ...UNDECIDED, decision, outcome: "unknown", code: "IN_FLIGHT" }
      : { ...UNDECIDED, decision };
  }
  const status = statusOf(ends);
  const code = ends.find((end) => end.status !== "done")?.code ?? null;
  const latencyMs = Math.max(...ends.map((end) => end.latencyMs));
  return { ...UNDECIDED, decision, outcome: status, code, latencyMs };
}

/** How all parts ended; null while one has not. */
function endsOf({ parts }: Decided): readonly Ended[] | null {
  const ends: Ended[] = [];
  for (const { ended } of parts.values()) {
    if (ended === null) return null;
    ends.push(ended);
  }
  return ends.length === 0 ? null : ends;
}

function statusOf(ends: readonly Ended[]): OutcomeStatus {
  if (ends.every(({ status }) => status === "done")) return "done";
  const some = ends.some(({ status, filled }) => status === "done" || filled > 0n);
  return some ? "partial" : "rejected";
}

export type Executed = {
  readonly volume: Fixed | null;
  readonly price: Fixed | null;
  readonly slippage: Fixed | null;
};

const NOTHING: Executed = { volume: null, price: null, slippage: null };

/** Lots executed and their average price, or, before the end, the lots that were sent. */
export function executedOf(
  decided: Decided | null,
  signal: { readonly kind: SignalKind; readonly side: Side; readonly price: Fixed | null },
): Executed {
  if (decided === null || decided.decision === "skip" || signal.kind === "protect") return NOTHING;
  const ends = endsOf(decided);
  if (ends === null) {
    const planned = [...decided.parts.values()].flatMap((part) => part.planned ?? []);
    return planned.length === 0 ? NOTHING : { ...NOTHING, volume: sum(planned) };
  }
  const volume = sum(ends.map((end) => end.filled));
  const priced = ends.flatMap(({ filled, price }) =>
    filled > 0n && price !== null ? [{ filled, price }] : [],
  );
  const lots = sum(priced.map(({ filled }) => filled));
  if (lots === 0n) return { ...NOTHING, volume: volume === 0n ? null : volume };
  const price = sum(priced.map((one) => one.filled * one.price)) / lots;
  return { volume, price, slippage: slippageOf(price, signal) };
}

/** Whoever buys wants it lower: an open of a buy, and a close of a sell. */
function slippageOf(
  price: Fixed,
  signal: { readonly kind: SignalKind; readonly side: Side; readonly price: Fixed | null },
): Fixed | null {
  if (signal.price === null) return null;
  const opens = signal.kind === "open" || signal.kind === "increase";
  return (signal.side === "buy") === opens ? price - signal.price : signal.price - price;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((all, one) => all + one, 0n);
