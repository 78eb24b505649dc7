/** What happened to a limit, in words and numbers, as it is recorded and told. */
import { absFixed, type Fixed, formatFixed, ONE, roundHalfEven } from "../domain/fixed.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import { type CompiledLimit, LIMIT_STAGES, type LimitStage } from "./limit.ts";
import type { Measured, ResetRequest } from "./limit-state.ts";
import type { Reference } from "./reference.ts";

export type LimitEvent = {
  /** From 1, without a gap: the same event is never recorded twice. */
  readonly number: number;
  readonly kind: "reached" | "reset";
  readonly from: LimitStage;
  readonly to: LimitStage;
  readonly at: Instant;
  readonly words: string;
  /** Decimals, instants and words, as text. */
  readonly facts: Readonly<Record<string, string>>;
  /** Who reset it, and why. */
  readonly by: string | null;
  readonly reason: string | null;
};

const REFERENCE_WORDS = {
  "equity-from-peak": { loss: "the highest equity", profit: "the lowest equity" },
  "equity-from-equity": { loss: "the equity at its start", profit: "the equity at its start" },
  "equity-from-balance": { loss: "the balance at its start", profit: "the balance at its start" },
  "equity-from-higher": {
    loss: "the higher of balance and equity at its start",
    profit: "the higher of balance and equity at its start",
  },
  "balance-from-balance": { loss: "the balance at its start", profit: "the balance at its start" },
} as const;

export function reachedEvent(
  limit: CompiledLimit,
  reached: {
    readonly number: number;
    readonly from: LimitStage;
    readonly to: LimitStage;
    readonly at: Instant;
    readonly measured: Measured;
    readonly reference: Reference;
  },
): LimitEvent {
  const { number, from, to, at, measured } = reached;
  const share = usedShare(measured);
  const facts = {
    measure: limit.measure,
    kind: limit.kind,
    period: limit.rolling ? `rolling ${limit.period}` : limit.period,
    periodFrom: formatInstant(reached.reference.from),
    reference: formatFixed(measured.reference),
    watched: formatFixed(measured.watched),
    amount: formatFixed(measured.amount),
    threshold: formatFixed(measured.threshold),
    usedPercent: formatFixed(share),
    debounceMs: String(limit.debounceMs),
  };
  const words = wordsOf(limit, { measured, share, to });
  return { number, kind: "reached", from, to, at, words, facts, by: null, reason: null };
}

export function resetEvent(number: number, from: LimitStage, request: ResetRequest): LimitEvent {
  const { at, by, reason, measureFrom } = request;
  const counting =
    measureFrom === "now" ? "measured from now on" : "still measured from the period's start";
  const words = `Reset by hand from ${from}, ${counting}: ${reason}`;
  return {
    number,
    kind: "reset",
    from,
    to: "clear",
    at,
    words,
    facts: { measureFrom },
    by,
    reason,
  };
}

/** Percent of the threshold, to two places. */
export function usedShare({ amount, threshold }: Measured): Fixed {
  const percent = (absFixed(amount) * 100n * ONE) / threshold;
  return roundHalfEven(amount < 0n ? -percent : percent, 2);
}

function wordsOf(
  limit: CompiledLimit,
  {
    measured,
    share,
    to,
  }: { readonly measured: Measured; readonly share: Fixed; readonly to: LimitStage },
): string {
  const { amount, threshold, reference, watched } = measured;
  const money = (value: Fixed): string => formatFixed(roundHalfEven(value, 2), 2);
  const what = limit.kind === "loss" ? "loss" : "profit";
  const counted = limit.measure === "balance-from-balance" ? "balance" : "equity";
  const against = REFERENCE_WORDS[limit.measure][limit.kind];
  return (
    `A ${what} of ${money(amount)} is ${formatFixed(share)} % of the limit of ${money(threshold)} ` +
    `for ${periodWords(limit)}: ${counted} ${money(watched)} against ${against}, ` +
    `${money(reference)}. Now ${LIMIT_STAGES[to]}.`
  );
}

function periodWords(limit: CompiledLimit): string {
  const { period, rolling, since, timeZone, resetAt } = limit;
  if (period === "lifetime") return "its lifetime";
  if (period === "since") return `the time since ${since}`;
  return rolling ? `the last ${period}` : `the ${period} (from ${resetAt}, ${timeZone})`;
}
