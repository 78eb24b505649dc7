/**
 * What decisions ask of the world beyond the follower's own account and broker: the master's broker,
 * how the master stands, and the economic calendar. Looked up once a signal, for all its followers.
 */
import type { Fixed } from "../domain/fixed.ts";
import type { Quote } from "../domain/symbol.ts";
import type { Signal } from "../master/signal.ts";
import type { Market, NewsEvent, NewsQuestion } from "./decision.ts";
import type { MappedSymbol } from "./rules/symbol-map.ts";

export interface Surroundings {
  /** The quotes of a master's broker, by its own names; undefined where they are not at hand. */
  masterMarket(masterId: string): { quote(symbol: string): Quote | undefined } | undefined;
  /**
   * The fraction that the master's equity at the signal is under the highest known of it, credit
   * left out of both; null: not known.
   */
  masterDrawdown(signal: Signal): Fixed | null;
  /** What somebody confirmed a master's symbol to be at a follower's broker; undefined: nothing. */
  mapped(signal: Signal, brokerId: string): MappedSymbol | undefined;
  /** The tenant's calendar; undefined where none was imported. */
  calendar(tenantId: string): { within(question: NewsQuestion): NewsEvent | null } | undefined;
}

type Around = Pick<Market, "masterQuote" | "masterDrawdown" | "news">;

export function around(signal: Signal, surroundings: Surroundings): Around {
  const theirs = surroundings.masterMarket(signal.masterId);
  const calendar = surroundings.calendar(signal.tenantId);
  return {
    masterDrawdown: surroundings.masterDrawdown(signal),
    ...(theirs === undefined ? {} : { masterQuote: (symbol) => theirs.quote(symbol) }),
    ...(calendar === undefined ? {} : { news: (question) => calendar.within(question) }),
  };
}
