/** What the master's last signals would have become, as text. Pure. */
import { SKIP_REASONS } from "../../domain/codes.ts";
import { type Fixed, fixedToNumber } from "../../domain/fixed.ts";
import { stepWords } from "../../explain/words.ts";
import { detailOf } from "../../live/detail.ts";
import type { Preview, PreviewLine } from "../../subscriptions/preview/replay.ts";
import type { FollowPreview } from "../../subscriptions/preview/service.ts";
import { curve } from "../chart/curve.ts";
import { kindWords } from "../view/answer.ts";
import { dateTime, lots, NOTHING, price, profit, toneOf } from "../view/format.ts";

const SHOWN_MAX = 12;

export function previewView({ preview, endedOnly }: FollowPreview, currency: string) {
  if (preview === null) return { known: false, none: false };
  const { lines } = preview;
  const copied = lines.filter(({ decision }) => decision.decision === "copy").length;
  return {
    known: true,
    none: lines.length === 0,
    endedOnly,
    sums: {
      signals: String(lines.length),
      copied: String(copied),
      share: lines.length === 0 ? NOTHING : `${((copied / lines.length) * 100).toFixed(0)} %`,
      closed: profit(preview.closedProfit, currency),
      closedTone: toneOf(preview.closedProfit, currency),
      currency,
      unrated: preview.unrated,
      lotsMost: lots(preview.lotsMost),
      positionsMost: String(preview.positionsMost),
    },
    reasons: reasonsOf(lines),
    curve: profitCurve(preview, currency),
    lines: lines
      .slice(-SHOWN_MAX)
      .reverse()
      .map((line) => lineOf(line, currency)),
  };
}

function reasonsOf(lines: readonly PreviewLine[]) {
  const many = new Map<string, number>();
  for (const { decision } of lines) {
    if (decision.reason !== null) many.set(decision.reason, (many.get(decision.reason) ?? 0) + 1);
  }
  return [...many]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, n]) => ({
      many: String(n),
      words: SKIP_REASONS[reason as keyof typeof SKIP_REASONS],
    }));
}

function lineOf(
  { signal, decision, symbol, price: at, profit: gained }: PreviewLine,
  currency: string,
) {
  const copies = decision.decision === "copy";
  const { reason } = decision;
  return {
    at: dateTime(signal.at),
    what: `${kindWords(signal.kind)} ${signal.side} ${symbol}`,
    side: signal.side,
    master: signal.volume === 0n ? NOTHING : lots(signal.volume),
    yours: copies && decision.volume > 0n ? lots(decision.volume) : NOTHING,
    price: price(at, signal.digits),
    tone: copies ? "done" : "skipped",
    result: copies ? "copied" : "skipped",
    words: reason === null ? "" : (detailOf(decision) ?? SKIP_REASONS[reason]),
    profit: profit(gained, currency),
    profitTone: toneOf(gained, currency),
    steps: decision.steps.map((step) => stepWords(step)),
  };
}

function profitCurve({ lines }: Preview, currency: string) {
  let sum: Fixed = 0n;
  const points = lines.flatMap(({ signal, profit: gained }) => {
    if (gained === null) return [];
    sum += gained;
    return [{ at: signal.at, value: fixedToNumber(sum) }];
  });
  const words = (value: number): string => `${value.toFixed(2).replace("-", "−")} ${currency}`;
  return curve(points, {
    words,
    summary: (all) =>
      `Closed profit came to ${words(all.at(-1)?.value ?? 0)}; the lowest on the way was ${words(Math.min(0, ...all.map(({ value }) => value)))}.`,
  });
}
