/**
 * Which copies are to be closed before an economic release: those whose rules say so, from
 * `beforeMinutes` before a release of the named impacts that concerns a currency of the symbol.
 * Invariant: only releases that are still to come close anything; without a calendar nothing is
 * closed, since nobody knows of a release.
 */
import type { Instant } from "../domain/instant.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { CopiedPosition, NewsEvent, NewsQuestion } from "./decision.ts";
import type { Rules } from "./rules.ts";

const MINUTE_MS = 60_000;

export type NewsAsked = {
  readonly now: Instant;
  spec(symbol: string): SymbolSpec | undefined;
  news(question: NewsQuestion): NewsEvent | null;
};

/** The release for which a copy is closed; null where there is none. */
export function releaseToCloseFor(
  { symbol }: Pick<CopiedPosition, "symbol">,
  { news }: Pick<Rules, "news">,
  asked: NewsAsked,
): NewsEvent | null {
  if (news?.closeBefore !== true) return null;
  const spec = asked.spec(symbol);
  if (spec === undefined) return null;
  return asked.news({
    currencies: [spec.baseCurrency, spec.profitCurrency],
    impacts: news.impact,
    from: asked.now,
    to: asked.now + news.beforeMinutes * MINUTE_MS,
  });
}
