/**
 * How the answer to a signal is named and coloured. Every answer has exactly one standing, and
 * every one but a plain success says why, in the words of the closed codes.
 */
import { OUTCOME_CODES, SKIP_REASONS } from "../../domain/codes.ts";
import type { SignalKind } from "../../master/signal.ts";
import type { LiveAnswer } from "../live.ts";

/** waiting: not decided, not sent, or working; unknown: sent, and the order may be live. */
export type Standing = "done" | "partial" | "skipped" | "rejected" | "waiting" | "unknown";

export function standingOf(answer: LiveAnswer): Standing {
  if (answer.decision === "skip") return "skipped";
  if (answer.decision === null || answer.outcome === null) return "waiting";
  return answer.outcome === "working" ? "waiting" : answer.outcome;
}

/** A sentence for a reader who asks why: the code's words, then the numbers behind them. */
export function wordsOf(answer: LiveAnswer): string {
  return [plainWords(answer), answer.detail].filter((part) => part !== null).join(" ");
}

function plainWords(answer: LiveAnswer): string {
  if (answer.reason !== null) return SKIP_REASONS[answer.reason];
  if (answer.code !== null) return OUTCOME_CODES[answer.code].words;
  switch (standingOf(answer)) {
    case "done":
      return "Done in full.";
    case "partial":
      return "Done in part.";
    case "skipped":
      return "Skipped.";
    case "rejected":
      return "The broker refused.";
    case "unknown":
      return OUTCOME_CODES.IN_FLIGHT.words;
    case "waiting":
      return answer.decision === null ? "Not decided yet." : "Sent when the lane is free.";
  }
}

/** The code in small letters: "below min volume"; the standing where there is no code. */
export function shortOf(answer: LiveAnswer): string {
  const code = answer.reason ?? answer.code;
  return code === null ? standingOf(answer) : code.toLowerCase().replaceAll("_", " ");
}

const KIND_WORDS = {
  open: "opened",
  increase: "increased",
  reduce: "reduced",
  close: "closed",
  protect: "moved stops",
  place: "placed an order:",
  change: "changed an order:",
  cancel: "ended an order:",
} as const satisfies Record<SignalKind, string>;

export function kindWords(kind: SignalKind): string {
  return KIND_WORDS[kind];
}
