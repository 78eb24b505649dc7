/**
 * What a limit remembers, and the one way it moves: a point in, the next state and what was reached
 * out. Pure, so that the same points give the same events wherever and whenever they are played.
 * Invariants: a stage is reached once, until a person resets it with a reason or (an alert only) a
 * new period begins or the share falls well below; a stage that calls for action never falls by
 * itself; a point older than the last one changes nothing.
 */
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, multiply, ONE, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { CompiledLimit, LimitAction, LimitStage, StageShare } from "./limit.ts";
import { type LimitEvent, reachedEvent, resetEvent } from "./limit-event.ts";
import {
  advanceReference,
  amountsOf,
  begin,
  compared,
  type EquityPoint,
  type Reference,
  watched,
} from "./reference.ts";
import type { Amounts } from "./rolling.ts";

export type LimitState = {
  readonly stage: LimitStage;
  /** How many events there were; the next one is number events + 1. */
  readonly events: number;
  readonly at: Instant | null;
  readonly last: Amounts | null;
  readonly reference: Reference | null;
  /** Deposits less withdrawals that `last` holds; null: unknown, so that none counts before it. */
  readonly paidIn: Fixed | null;
  /** Since when each stage has been exceeded without a pause. */
  readonly exceededSince: Readonly<Partial<Record<LimitAction, Instant>>>;
};

/** What a limit shows of an account, in its currency. */
export type Measured = {
  readonly reference: Fixed;
  readonly watched: Fixed;
  /** Lost, or won for a profit limit; below zero where it is the other way round. */
  readonly amount: Fixed;
  readonly threshold: Fixed;
};

export type Advanced = {
  readonly state: LimitState;
  readonly event: LimitEvent | null;
  /** null before the period begins, and where there is nothing to measure against. */
  readonly measured: Measured | null;
};

export const INITIAL_STATE: LimitState = {
  stage: "clear",
  events: 0,
  at: null,
  last: null,
  reference: null,
  paidIn: null,
  exceededSince: {},
};

const SEVERITY = ["clear", "alert", "close-only", "close-all-and-stop"] as const;
const severityOf = (stage: LimitStage): number => SEVERITY.indexOf(stage);
/** An alert is armed again once the share has fallen to four fifths of its own. */
const REARM = parseFixed("0.8");

export function advanceLimit(
  limit: CompiledLimit,
  state: LimitState,
  point: EquityPoint,
): Advanced {
  if (state.at !== null && point.at < state.at) {
    return { state, event: null, measured: measure(limit, state.reference, state.last) };
  }
  const last = amountsOf(point);
  const reference = advanceReference(limit, state, point);
  const measured = measure(limit, reference, last);
  const isNew = reference?.from !== state.reference?.from;
  const exceededSince = exceeded(
    limit,
    { measured, at: point.at },
    isNew ? {} : state.exceededSince,
  );
  const standing =
    isNew && state.stage === "alert" ? "clear" : rearmed(limit, state.stage, measured);
  const next = { ...state, at: point.at, last, reference, exceededSince, stage: standing };
  const stage = maturest(limit, exceededSince, point.at);
  if (measured === null || reference === null || severityOf(stage) <= severityOf(standing)) {
    return { state: next, event: null, measured };
  }
  const number = state.events + 1;
  const facts = { number, from: standing, to: stage, at: point.at, measured, reference };
  return { state: { ...next, stage, events: number }, event: reachedEvent(limit, facts), measured };
}

/** When a stage that is exceeded now will have been so for the debounce; null: none is waiting. */
export function dueAt(limit: CompiledLimit, state: LimitState): Instant | null {
  const waiting = limit.stages
    .filter(({ stage }) => severityOf(stage) > severityOf(state.stage))
    .map(({ stage }) => state.exceededSince[stage])
    .filter((since) => since !== undefined);
  return waiting.length === 0 ? null : Math.min(...waiting) + limit.debounceMs;
}

export type ResetRequest = {
  readonly at: Instant;
  readonly by: string;
  readonly reason: string;
  /**
   * now: what was lost so far is forgiven, and the period goes on from the last figures;
   * period-start: it still counts, so that the limit trips again while it is exceeded.
   */
  readonly measureFrom: "now" | "period-start";
};

const REASON_LENGTH_MAX = 500;

/** BAD_INPUT without a person and a reason, or where nothing was reached. */
export function resetLimit(
  limit: CompiledLimit,
  state: LimitState,
  request: ResetRequest,
): { readonly state: LimitState; readonly event: LimitEvent } {
  refuseEmpty(request);
  if (state.stage === "clear") {
    throw new LockstepError("BAD_INPUT", { expected: "a limit that has reached a stage" });
  }
  const anew =
    request.measureFrom === "now" && state.last !== null && state.reference !== null
      ? begin({ ...limit, startAmount: null }, state.last, state.at ?? request.at)
      : null;
  const number = state.events + 1;
  return {
    state: {
      ...state,
      stage: "clear",
      events: number,
      exceededSince: {},
      reference: anew ?? state.reference,
    },
    event: resetEvent(number, state.stage, request),
  };
}

export function refuseEmpty(request: { readonly by: string; readonly reason: string }): void {
  const { by, reason } = request;
  if (by.trim() === "" || reason.trim() === "" || reason.length > REASON_LENGTH_MAX) {
    const expected = `who resets it, and a reason of 1 to ${REASON_LENGTH_MAX} characters`;
    throw new LockstepError("BAD_INPUT", { by, expected });
  }
}

/** Against nothing, or against less than nothing, nothing can be measured: null. */
export function measure(
  limit: CompiledLimit,
  reference: Reference | null,
  last: Amounts | null,
): Measured | null {
  if (reference === null || last === null) return null;
  const [from, now] = [compared(limit, reference), watched(limit, last)];
  const threshold = limit.absolute ?? multiply(limit.relative ?? 0n, from);
  if (threshold <= 0n) return null;
  const amount = limit.kind === "loss" ? from - now : now - from;
  return { reference: from, watched: now, amount, threshold };
}

const reaches = (measured: Measured, share: Fixed): boolean =>
  measured.amount * ONE >= share * measured.threshold;

function exceeded(
  limit: CompiledLimit,
  now: { readonly measured: Measured | null; readonly at: Instant },
  before: LimitState["exceededSince"],
): LimitState["exceededSince"] {
  const { measured, at } = now;
  if (measured === null) return {};
  const reached = limit.stages.filter(({ share }) => reaches(measured, share));
  return Object.fromEntries(reached.map(({ stage }) => [stage, before[stage] ?? at]));
}

function rearmed(limit: CompiledLimit, stage: LimitStage, measured: Measured | null): LimitStage {
  const alert = limit.stages.find((one) => one.stage === "alert");
  if (stage !== "alert" || alert === undefined || measured === null) return stage;
  return reaches(measured, multiply(alert.share, REARM)) ? "alert" : "clear";
}

/** The most severe stage that has been exceeded for the debounce. */
function maturest(
  limit: CompiledLimit,
  since: LimitState["exceededSince"],
  at: Instant,
): LimitStage {
  const isMature = ({ stage }: StageShare): boolean => {
    const from = since[stage];
    return from !== undefined && at - from >= limit.debounceMs;
  };
  return limit.stages.findLast(isMature)?.stage ?? "clear";
}
