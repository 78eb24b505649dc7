/**
 * Moves the demo's market: quotes four times a second at every broker, under its names and with its
 * markup, and gives the masters their turns. One `tick` does all that one instant brings, so that
 * a test can play hours in a moment.
 * Invariants: quotes come before trades; masters trade only once they are told to (`open`).
 */
import type { Instant } from "../domain/instant.ts";
import { pointSize } from "../domain/symbol.ts";
import type { PriceQuote } from "../gateway/simulator/model.ts";
import { PriceProcess } from "../gateway/simulator/prices.ts";
import { BASE_SYMBOLS, type BaseSymbol, factsOf, nameAt } from "../gateway/simulator/symbols.ts";
import { type Random, seededRandom } from "../platform/random.ts";
import type { OpenBroker } from "./brokers.ts";
import { DEMO_MASTERS, type DemoBroker, type DemoMaster } from "./definition.ts";
import type { SavedPrices } from "./home.ts";
import { marketTime } from "./market-time.ts";
import { type Turn, turns } from "./pacing.ts";
import { STRATEGIES } from "./strategies.ts";
import type { Held, Move, Sight } from "./strategy.ts";

export const TICK_MS = 250;
/** How far back a strategy looks for a move. */
const LOOK_BACK_TICKS = 120;

export type MarketOptions = {
  readonly brokers: readonly OpenBroker[];
  readonly seed: number;
  readonly at: Instant;
  /** Where an earlier run of the demo ended. */
  readonly from: SavedPrices;
};

export class DemoMarket {
  readonly #brokers: readonly OpenBroker[];
  readonly #process: PriceProcess;
  readonly #random: Random;
  readonly #turns: Generator<Turn, never>;
  readonly #ranBeforeMs: number;
  readonly #startedAt: Instant;
  /** The last half minute of quotes, oldest first. */
  #recent: ReadonlyMap<string, PriceQuote>[] = [];
  #ranMs: number;
  #next: { readonly at: Instant; readonly master: number } | null = null;

  constructor({ brokers, seed, at, from }: MarketOptions) {
    this.#brokers = brokers;
    this.#ranBeforeMs = from.ranMs;
    this.#ranMs = from.ranMs;
    this.#startedAt = at;
    this.#process = new PriceProcess(seededRandom(seed), marketTime(from.ranMs), from.mids);
    this.#random = seededRandom(seed ^ 0x5eed);
    this.#turns = turns(seededRandom(seed ^ 0x7ac3), DEMO_MASTERS.length);
  }

  /** The masters may trade from now on. */
  open(now: Instant): void {
    this.#take(now);
  }

  get prices(): SavedPrices {
    return { ranMs: this.#ranMs, mids: this.#process.mids };
  }

  tick(now: Instant): void {
    this.#ranMs = this.#ranBeforeMs + Math.max(0, now - this.#startedAt);
    const quotes = this.#process.quotesAt(marketTime(this.#ranMs));
    this.#recent.push(new Map(quotes.map((quote) => [quote.symbol, quote])));
    if (this.#recent.length > LOOK_BACK_TICKS) this.#recent.shift();
    for (const { terms, broker } of this.#brokers) {
      broker.applyQuotes(quotesFor(terms, quotes), now);
      broker.publish();
    }
    if (this.#next !== null && now >= this.#next.at) this.#turn(now, this.#next.master);
  }

  #turn(now: Instant, index: number): void {
    this.#take(now);
    const master = DEMO_MASTERS[index];
    const open = this.#brokers.find(({ terms }) => terms.name === master?.broker);
    if (master === undefined || open === undefined) return;
    const seen = {
      now,
      held: heldBy(master, open),
      sight: (symbol: BaseSymbol) => this.#sight(symbol, open),
    };
    const move = STRATEGIES[master.strategy](seen, this.#random);
    if (move !== null) carryOut(move, master, open);
  }

  #take(now: Instant): void {
    const { afterMs, master } = this.#turns.next().value;
    this.#next = { at: now + afterMs, master };
  }

  #sight(symbol: BaseSymbol, { terms, broker }: OpenBroker): Sight {
    const quote = broker.quote(nameAt(symbol, terms.names));
    const first = this.#recent[0]?.get(symbol);
    const last = this.#recent.at(-1)?.get(symbol);
    const moved = first === undefined || last === undefined ? 0n : last.bid - first.bid;
    return { bid: quote?.bid ?? 0n, ask: quote?.ask ?? 0n, point: pointOf(symbol), moved };
  }
}

/** A broker's own quotes: under its names, with its markup. */
export function quotesFor(
  terms: Pick<DemoBroker, "names" | "markupPoints">,
  quotes: readonly PriceQuote[],
): readonly PriceQuote[] {
  return quotes.map((quote) => ({
    symbol: nameAt(quote.symbol as BaseSymbol, terms.names),
    bid: quote.bid,
    ask: quote.ask + BigInt(terms.markupPoints) * pointOf(quote.symbol),
  }));
}

export const pointOf = (symbol: string): bigint =>
  pointSize({ digits: factsOf(symbol)?.digits ?? 5 });

export function heldBy(master: DemoMaster, { terms, broker }: OpenBroker): readonly Held[] {
  const bases = new Map(BASE_SYMBOLS.map((base) => [nameAt(base, terms.names), base]));
  return broker.snapshot(master.login).positions.flatMap((position) => {
    const symbol = bases.get(position.symbol);
    return symbol === undefined ? [] : [{ ...position, symbol }];
  });
}

/** A hand at the master's terminal: what the broker refuses is not tried again. */
export function carryOut(move: Move, master: DemoMaster, { terms, broker }: OpenBroker): void {
  const common = { magic: 0, comment: master.strategy };
  if (move.kind === "open") {
    const { side, volume, stopLoss, takeProfit } = move;
    const symbol = nameAt(move.symbol, terms.names);
    const order = { symbol, side, volume, stopLoss, takeProfit, positionId: null, ...common };
    broker.trade(master.login, { kind: "open", ...order });
    return;
  }
  const { id, side, takeProfit } = move.held;
  const place = { positionId: id, side, symbol: nameAt(move.held.symbol, terms.names), ...common };
  if (move.kind === "close") {
    const { volume } = move;
    broker.trade(master.login, {
      ...{ kind: "close", volume, stopLoss: null, takeProfit: null },
      ...place,
    });
  } else {
    const { stopLoss } = move;
    broker.trade(master.login, { kind: "protect", volume: null, stopLoss, takeProfit, ...place });
  }
}
