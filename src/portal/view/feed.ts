/** Signals, newest first, each with every follower's answer, as rows of the live page. */
import { formatInstant } from "../../domain/instant.ts";
import type { LiveResult, LiveSignal } from "../live.ts";
import { kindWords, type Standing, shortOf, standingOf, wordsOf } from "./answer.ts";
import { clockTimeMs, count, duration, lots, NOTHING, points, price } from "./format.ts";
import { NO_LISTS, type Row } from "./row.ts";

/** Answers shown of one signal; the rest is counted in its summary. */
export const RESULTS_MAX = 24;

const STANDINGS: readonly Standing[] = [
  "done",
  "partial",
  "skipped",
  "rejected",
  "unknown",
  "waiting",
];

export function signalRow(signal: LiveSignal): Row {
  const results = signal.results
    .slice(0, RESULTS_MAX)
    .map((result) => resultRow(signal.id, result));
  const hidden = signal.results.length - results.length;
  return {
    id: `s:${signal.id}`,
    f: {
      sequence: `#${signal.sequence}`,
      at: clockTimeMs(signal.at),
      iso: formatInstant(signal.at),
      master: signal.master,
      kind: signal.kind,
      kindWords: kindWords(signal.kind),
      side: signal.side,
      symbol: signal.symbol,
      volume: signal.kind === "protect" || signal.volume === 0n ? "" : lots(signal.volume),
      price: signal.price === null ? "" : `@ ${price(signal.price, signal.digits)}`,
      summary: summaryOf(signal.results),
      slowest: slowestOf(signal.results),
      more: hidden > 0 ? `and ${count(hidden)} more followers` : "",
    },
    lists: { chips: results, results },
  };
}

function resultRow(signalId: string, result: LiveResult): Row {
  const standing = standingOf(result);
  const executed = standing === "done" || standing === "partial";
  return {
    id: `r:${signalId}:${result.followerId}`,
    f: {
      follower: result.follower,
      standing,
      short: executed && result.volume !== null ? lots(result.volume) : shortOf(result),
      code: result.reason ?? result.code ?? "",
      words: wordsOf(result),
      volume: lots(result.volume),
      price: price(result.price, result.digits),
      slippage: points(result.slippage, result.digits),
      latency: duration(result.latencyMs),
    },
    lists: NO_LISTS,
  };
}

/** "9 done · 2 skipped"; every answer is counted, shown or not. */
function summaryOf(results: readonly LiveResult[]): string {
  const parts = STANDINGS.map((standing) => ({
    standing,
    number: results.filter((result) => standingOf(result) === standing).length,
  })).filter(({ number }) => number > 0);
  if (parts.length === 0) return "no followers";
  return parts.map(({ standing, number }) => `${count(number)} ${standing}`).join(" · ");
}

/** The last answer's latency, which is the signal's: its followers wait for no one but the slowest. */
function slowestOf(results: readonly LiveResult[]): string {
  const latencies = results.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
  return latencies.length === 0 ? NOTHING : duration(Math.max(...latencies));
}
