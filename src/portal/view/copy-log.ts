/** The copy log as text: wanted, sent, filled, prices, slippage, and where the milliseconds went. */
import {
  OUTCOME_CODES,
  type OutcomeCode,
  SKIP_REASONS,
  type SkipReason,
} from "../../domain/codes.ts";
import { divideHalfEven, type Fixed, multiply, parseFixed } from "../../domain/fixed.ts";
import { type Origins, stepWords } from "../../explain/words.ts";
import type { SignalKind } from "../../master/signal.ts";
import type { LoggedCopy, LoggedInstruction } from "../../records/copy-log.ts";
import { kindWords } from "./answer.ts";
import { clockTimeMs, duration, lots, NOTHING, points, price, toneOf } from "./format.ts";

type Executed = {
  readonly sent: Fixed | null;
  readonly filled: Fixed;
  readonly price: Fixed | null;
  readonly sentAt: number | null;
  readonly answeredAt: number | null;
  readonly code: string | null;
  readonly standing: string;
};

const fixed = (text: string | null): Fixed | null => (text === null ? null : parseFixed(text));

export function copyLine(copy: LoggedCopy, origins: Origins) {
  const executed = executedOf(copy);
  const master = fixed(copy.master_price);
  const slippage = slippageOf(copy, executed.price);
  return {
    id: copy.signal_id,
    at: clockTimeMs(copy.received_at.getTime()),
    day: copy.received_at.toISOString().slice(0, 10),
    sequence: `#${copy.sequence}`,
    what: `${kindWords(copy.kind as SignalKind)} ${copy.side} ${copy.symbol}`,
    side: copy.side,
    masterLots: lots(fixed(copy.master_volume)),
    wanted: lots(fixed(copy.wanted)),
    sent: lots(executed.sent),
    filled: executed.sent === null ? NOTHING : lots(executed.filled),
    masterPrice: price(master, copy.digits),
    price: price(
      executed.price === null ? null : rounded(executed.price, copy.digits),
      copy.digits,
    ),
    slippage: points(slippage, copy.digits),
    // A worse price is a loss: the sign alone would say the opposite.
    slippageTone: slippage === null ? "flat" : toneOf(-slippage * 10n ** 5n, "XXX"),
    stages: stagesOf(copy, executed),
    total: duration(totalMs(copy, executed)),
    standing: executed.standing,
    code: copy.reason ?? executed.code ?? "",
    words: wordsOf(copy, executed),
    steps: copy.steps.map((step) => stepWords(step, origins)),
  };
}

function rounded(value: Fixed, digits: number): Fixed {
  const unit = 10n ** BigInt(Math.max(0, 8 - digits));
  return divideHalfEven(value, unit) * unit;
}

function executedOf(copy: LoggedCopy): Executed {
  const { instructions, decision } = copy;
  const firsts = instructions.filter(({ attempt }) => attempt === 1);
  const planned = firsts.flatMap(({ volume }) => (volume === null ? [] : [parseFixed(volume)]));
  const fills = instructions.flatMap(({ filled, price: at }) =>
    filled === null || at === null ? [] : [{ lots: parseFixed(filled), price: parseFixed(at) }],
  );
  const filled = fills.reduce((sum, one) => sum + one.lots, 0n);
  const value = fills.reduce((sum, one) => sum + multiply(one.lots, one.price), 0n);
  const times = (of: (one: LoggedInstruction) => Date | null): number[] =>
    instructions.flatMap((one) => of(one)?.getTime() ?? []);
  const sentAt = times((one) => one.sent_at);
  const answered = times((one) => (isEnded(one) ? one.recorded_at : null));
  const last = lastOfEachPart(instructions);
  return {
    sent: planned.length === 0 ? null : planned.reduce((sum, one) => sum + one, 0n),
    filled,
    price: filled === 0n ? null : divideHalfEven(value * 100_000_000n, filled),
    sentAt: sentAt.length === 0 ? null : Math.min(...sentAt),
    answeredAt: answered.length === 0 ? null : Math.max(...answered),
    code: last.find(({ state }) => state !== "done")?.code ?? null,
    standing: standingOf(decision, last, filled),
  };
}

const isEnded = ({ state }: LoggedInstruction): boolean =>
  state === "done" || state === "partial" || state === "rejected";

function lastOfEachPart(instructions: readonly LoggedInstruction[]): LoggedInstruction[] {
  return [...new Map(instructions.map((one) => [one.part, one])).values()];
}

function standingOf(
  decision: LoggedCopy["decision"],
  last: readonly LoggedInstruction[],
  filled: Fixed,
): string {
  if (decision === null) return "waiting";
  if (decision === "skip") return "skipped";
  if (last.length === 0) return "waiting";
  if (last.every(({ state }) => state === "done")) return "done";
  if (last.some(({ state }) => state === "unknown")) return "unknown";
  if (!last.every(isEnded)) return "waiting";
  return filled > 0n || last.some(({ state }) => state === "done") ? "partial" : "rejected";
}

function wordsOf({ reason }: LoggedCopy, { code, standing }: Executed): string {
  if (reason !== null) return SKIP_REASONS[reason as SkipReason] ?? reason;
  if (code !== null) return OUTCOME_CODES[code as OutcomeCode]?.words ?? code;
  return standing === "done" ? "Done in full." : standing === "waiting" ? "Under way." : "";
}

/** Positive where the follower's price is worse. */
function slippageOf(copy: LoggedCopy, ours: Fixed | null): Fixed | null {
  const master = fixed(copy.master_price);
  if (master === null || ours === null) return null;
  const opens = copy.kind === "open" || copy.kind === "increase";
  const worse = (copy.side === "buy") === opens ? ours - master : master - ours;
  return rounded(worse, copy.digits);
}

function totalMs(copy: LoggedCopy, { answeredAt }: Executed): number | null {
  return answeredAt === null ? null : Math.max(0, answeredAt - copy.received_at.getTime());
}

/** Milliseconds of each stage: seen after the deal, decided, sent, answered. */
function stagesOf(copy: LoggedCopy, { sentAt, answeredAt }: Executed) {
  const received = copy.received_at.getTime();
  const decided = copy.decided_at?.getTime() ?? null;
  const between = (from: number | null, to: number | null): string =>
    from === null || to === null ? NOTHING : duration(Math.max(0, to - from));
  return [
    { name: "seen", text: duration(Math.max(0, copy.age_ms)) },
    { name: "sent", text: between(received, sentAt ?? null) },
    { name: "answered", text: between(sentAt, answeredAt) },
    { name: "decided", text: between(received, decided) },
  ];
}

export type LogSums = {
  readonly signals: string;
  readonly copied: string;
  readonly skipped: string;
  readonly rejected: string;
  readonly rate: string;
  readonly slippageMedian: string;
  readonly slippageP95: string;
  readonly latencyMedian: string;
  readonly latencyP95: string;
  readonly reasons: readonly { readonly words: string; readonly many: number }[];
};

/** Of the signals that are listed. Slippage in points of each symbol. */
export function sumsOf(copies: readonly LoggedCopy[]): LogSums {
  const all = copies.map((copy) => ({ copy, executed: executedOf(copy) }));
  const many = (standing: string): number =>
    all.filter(({ executed }) => executed.standing === standing).length;
  const copied = many("done") + many("partial");
  const ended = copied + many("skipped") + many("rejected");
  const slips = all.flatMap(({ copy, executed }) => {
    const slip = slippageOf(copy, executed.price);
    return slip === null ? [] : [Number(slip * 10n ** BigInt(copy.digits)) / 1e8];
  });
  const latencies = all.flatMap(({ copy, executed }) => totalMs(copy, executed) ?? []);
  const reasons = new Map<string, number>();
  for (const { copy, executed } of all) {
    if (executed.standing !== "skipped" && executed.standing !== "rejected") continue;
    const words = wordsOf(copy, executed);
    reasons.set(words, (reasons.get(words) ?? 0) + 1);
  }
  const pt = (value: number | null): string =>
    value === null ? NOTHING : `${value.toFixed(0)} pt`;
  return {
    signals: String(copies.length),
    copied: String(copied),
    skipped: String(many("skipped")),
    rejected: String(many("rejected")),
    rate: ended === 0 ? NOTHING : `${((copied / ended) * 100).toFixed(0)} %`,
    slippageMedian: pt(quantile(slips, 0.5)),
    slippageP95: pt(quantile(slips, 0.95)),
    latencyMedian: duration(quantile(latencies, 0.5)),
    latencyP95: duration(quantile(latencies, 0.95)),
    reasons: [...reasons].sort((a, b) => b[1] - a[1]).map(([words, n]) => ({ words, many: n })),
  };
}

/** The nearest rank; null of nothing. */
function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}
