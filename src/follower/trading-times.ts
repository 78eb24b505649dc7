/**
 * When a subscription opens at all: within its trading hours, and away from economic releases that
 * concern a currency of the symbol. Answers are shared by all followers with equal hours.
 */
import { formatInstant } from "../domain/instant.ts";
import type { NewsEvent } from "./decision.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import { remembered, type SignalView, type SymbolView } from "./view.ts";

const MINUTE_MS = 60_000;

export function refuseTimes(view: SignalView, symbol: SymbolView, rules: Rules): Refusal | null {
  return refuseHours(view, rules) ?? refuseNews(view, symbol, rules);
}

function refuseHours(view: SignalView, { windows }: Rules): Refusal | null {
  for (const window of windows) {
    const answers = view.answers as Map<string, Refusal | null>;
    const refused = remembered(answers, window.key, () => {
      const { now } = view.market;
      if (window.contains(now)) return null;
      const { timeZone } = window;
      return refuse("OUTSIDE_WINDOW", { step: "hours", local: window.localWords(now), timeZone });
    });
    if (refused !== null) return refused;
  }
  return null;
}

/** Without a calendar nobody knows that no release is near, so nothing is opened. */
function refuseNews(
  view: SignalView,
  { spec }: SymbolView,
  { news, newsKey }: Rules,
): Refusal | null {
  if (news === null) return null;
  const answers = view.answers as Map<string, Refusal | null>;
  return remembered(answers, `${newsKey} ${spec.name}`, () => {
    if (view.market.news === undefined) {
      return refuse("NEWS_WINDOW", { step: "news", calendar: "none" });
    }
    const { now } = view.market;
    const event = view.market.news({
      currencies: [spec.baseCurrency, spec.profitCurrency],
      impacts: news.impact,
      // A release keeps from opening `before` until `after` it.
      from: now - news.afterMinutes * MINUTE_MS,
      to: now + news.beforeMinutes * MINUTE_MS,
    });
    return event === null ? null : refuse("NEWS_WINDOW", newsStep(event));
  });
}

function newsStep({ currency, impact, title, at }: NewsEvent) {
  return { step: "news", currency, impact, title: title.slice(0, 64), at: formatInstant(at) };
}
