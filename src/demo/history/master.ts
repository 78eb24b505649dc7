/**
 * A master of past months: the demo's own strategy on a slower clock, and the signals that its
 * deals become. Three masters that traded at random would only lose their spreads, so each lets some
 * opens be that would have gone wrong: that is all their skill.
 */
import { floorTo, parseFixed } from "../../domain/fixed.ts";
import { idOf } from "../../domain/ids.ts";
import { unitsPerLot } from "../../domain/symbol.ts";
import type { AccountEvent } from "../../gateway/gateway.ts";
import type { BaseSymbol } from "../../gateway/simulator/symbols.ts";
import { nameAt } from "../../gateway/simulator/symbols.ts";
import { applied, type Draft, draftsOf, EMPTY_BOOK, type MasterBook } from "../../master/book.ts";
import type { Signal } from "../../master/signal.ts";
import { type Random, seededRandom } from "../../platform/random.ts";
import type { OpenBroker } from "../brokers.ts";
import type { DemoMaster, StrategyName } from "../definition.ts";
import { carryOut, heldBy, pointOf } from "../market.ts";
import { STRATEGIES } from "../strategies.ts";
import type { Held, Move, Sight } from "../strategy.ts";
import { copyAll, type PastAccount, type PastSubscription } from "./copying.ts";
import type { PastTick } from "./prices.ts";

export type PastMasterOptions = {
  readonly master: DemoMaster;
  readonly open: OpenBroker;
  readonly account: PastAccount;
  readonly followed: readonly PastSubscription[];
  readonly seed: number;
};

/** A strategy's minute is a day of history. */
const SLOWER = 1_440;
/** How many hours back a move is seen. */
const LOOK_BACK = 5;
/** The share of hours in which a master does something. */
const TURNS: Readonly<Record<StrategyName, number>> = { trend: 0.12, grid: 0.2, scalper: 0.25 };
/** The share of opens against the coming move that it lets be. */
const SKILL: Readonly<Record<StrategyName, number>> = { trend: 0.3, grid: 0.24, scalper: 0.34 };

const TENTH = parseFixed("0.1");

export class PastMaster {
  readonly #options: PastMasterOptions;
  readonly #random: Random;
  #book: MasterBook = EMPTY_BOOK;
  #heard: AccountEvent[] = [];
  #recent: PastTick[] = [];

  constructor(options: PastMasterOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  heard(event: AccountEvent): void {
    this.#heard.push(event);
  }

  /** What its broker did, and then perhaps a move of its own; followers copy each. */
  turn(tick: PastTick, isQuiet: boolean): void {
    const { master, open } = this.#options;
    this.#recent = [...this.#recent.slice(-LOOK_BACK), tick];
    this.#signal(tick.at);
    const acts = this.#random.next() < TURNS[master.strategy];
    const move = acts ? this.#move(tick) : null;
    if (move === null || (isQuiet && move.kind === "open")) return;
    carryOut(calmer(move, master.strategy), master, open);
    this.#signal(tick.at);
  }

  closeAll(at: number): void {
    const { master, open } = this.#options;
    for (const held of heldBy(master, open)) {
      carryOut({ kind: "close", held, volume: null }, master, open);
    }
    this.#signal(at);
  }

  #move(tick: PastTick): Move | null {
    const { master, open } = this.#options;
    const held = heldBy(master, open).map(
      (one): Held => ({ ...one, openedAt: one.openedAt / SLOWER }),
    );
    const sight = (symbol: BaseSymbol): Sight => this.#sight(symbol);
    const seen = { now: tick.at / SLOWER, held, sight };
    const move = STRATEGIES[master.strategy](seen, this.#random);
    const lets = this.#random.next() < SKILL[master.strategy];
    return move?.kind === "open" && lets && isAgainst(move, tick) ? null : move;
  }

  #sight(symbol: BaseSymbol): Sight {
    const { terms, broker } = this.#options.open;
    const quote = broker.quote(nameAt(symbol, terms.names));
    const bidOf = (tick: PastTick | undefined): bigint =>
      tick?.quotes.find((one) => one.symbol === symbol)?.bid ?? 0n;
    const moved = bidOf(this.#recent.at(-1)) - bidOf(this.#recent[0]);
    return { bid: quote?.bid ?? 0n, ask: quote?.ask ?? 0n, point: pointOf(symbol), moved };
  }

  /** Each event as the master stage reads it. */
  #signal(at: number): void {
    for (const event of this.#heard.splice(0)) {
      for (const draft of draftsOf(this.#book, event)) {
        const signal = this.#signalOf(draft, at);
        this.#book = applied(this.#book, signal);
        copyAll(signal, this.#options.followed);
      }
    }
  }

  #signalOf(draft: Draft, receivedAt: number): Signal {
    const { ref, market, flows } = this.#options.account;
    const { figures, ...rest } = draft;
    const spec = market.spec(draft.symbol);
    return {
      ...rest,
      tenantId: ref.tenantId,
      id: idOf("past signal", ref.accountId, draft.sourceKey),
      masterId: ref.accountId,
      sequence: this.#book.sequence + 1,
      contractSize: spec === undefined ? 0n : unitsPerLot(spec),
      digits: spec?.digits ?? 5,
      figures: {
        currency: figures.currency,
        balance: figures.balance + flows,
        equity: figures.equity + flows,
        freeMargin: figures.freeMargin + flows,
      },
      receivedAt,
      ageAtReceiptMs: 0,
    };
  }
}

/** Over months half the lots of a minute's show are plenty. */
function calmer(move: Move, strategy: StrategyName): Move {
  if (move.kind !== "open" || strategy === "grid") return move;
  return { ...move, volume: floorTo(move.volume / 2n, TENTH) };
}

function isAgainst(move: Move & { readonly kind: "open" }, { coming }: PastTick): boolean {
  const moves = coming.get(move.symbol) ?? 0n;
  return move.side === "buy" ? moves < 0n : moves > 0n;
}
