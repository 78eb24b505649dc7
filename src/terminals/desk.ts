/**
 * What a simulated terminal answers: snapshots, symbols, history and orders of one account at a
 * simulated broker. It sees no socket; faults are what it is told to leave out.
 */
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import type { SimulatedBroker } from "../gateway/simulator/broker.ts";
import type { Interference } from "../gateway/simulator/model.ts";
import type { Do, DownLine } from "./down.ts";
import {
  answerFields,
  dealFields,
  figuresFields,
  paymentFields,
  pendingFields,
  positionFields,
  quoteFields,
  symbolFields,
} from "./say.ts";

export type Said = Readonly<Record<string, string | number>> & { readonly t: string };

export type DeskOptions = {
  readonly broker: SimulatedBroker;
  readonly login: string;
  /** How far the trade server's clock is ahead of the simulated broker's. */
  readonly aheadMs: number;
  /** What Market Watch shows of the broker's symbols; absent: all. What else there is has to be named. */
  readonly shown?: ReadonlySet<string> | undefined;
};

const maybe = (text: string): Fixed | null => (text === "" ? null : parseFixed(text));

export class Desk {
  readonly #options: DeskOptions;
  #fence = 0;
  readonly #fences = new Map<string, number>();
  readonly #closedBy = new Map<string, Outcome>();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** The highest that was seen. */
  get fence(): number {
    return this.#fence;
  }

  get sequence(): number {
    return this.#options.broker.snapshot(this.#options.login).sequence;
  }

  /** The lines that answer a request. */
  answer(asked: Exclude<DownLine, { readonly t: "do" }>): Said[] {
    switch (asked.t) {
      case "look":
        return this.#snapshot(asked.id);
      case "symbols":
        return this.#symbols(asked);
      case "history":
        return this.#history(asked);
      case "payments":
        return this.#payments(asked);
      case "find":
        return [this.#find(asked)];
      case "quote?":
        return [this.#quote(asked.id, asked.sym)];
      default:
        return [];
    }
  }

  /** Executes; `late` is how far past its time an open is, in hub time. */
  trade(one: Do, hubNow: Instant, brokerNow: Instant, interference: Interference): Said {
    const { broker, login, aheadMs } = this.#options;
    const until = one.until === 0 ? null : one.until - hubNow + brokerNow;
    this.#fence = Math.max(this.#fence, one.fence);
    this.#fences.set(one.key, one.fence);
    if (one.kind === "close-by") {
      const asked = { key: one.key, fence: one.fence };
      return { t: "outcome", ...answerFields(this.#closeBy(one), asked, aheadMs) };
    }
    const order = {
      kind: one.kind,
      symbol: one.sym,
      side: one.side,
      volume: maybe(one.vol),
      positionId: one.pos === "" ? null : one.pos,
      orderId: one.order === "" ? null : one.order,
      pending: termsOf(one, aheadMs),
      stopLoss: maybe(one.sl),
      takeProfit: maybe(one.tp),
      magic: one.magic,
      comment: one.cmt,
    };
    const tag = { key: one.key, fence: one.fence, validUntil: until };
    const outcome = broker.trade(login, order, tag, interference);
    const asked = { key: one.key, fence: one.fence };
    return { t: "outcome", ...answerFields(outcome, asked, aheadMs) };
  }

  /** The same key twice: the same outcome, as an Expert Advisor's journal has it. */
  #closeBy({ key, pos: positionId, by: byPositionId }: Do): Outcome {
    const known = this.#closedBy.get(key);
    if (known !== undefined) return known;
    const { broker, login } = this.#options;
    const outcome = broker.closeBy(login, { positionId, byPositionId });
    this.#closedBy.set(key, outcome);
    return outcome;
  }

  #snapshot(id: number): Said[] {
    const { broker, login, aheadMs } = this.#options;
    const { figures, positions, orders = [], sequence } = broker.snapshot(login);
    const length = positions.length + orders.length;
    return [
      {
        ...{ t: "snapshot", id, seq: sequence },
        ...figuresFields(figures),
        ...{ positions: positions.length, orders: orders.length },
      },
      ...positions.map((one) => ({ t: "holding", id, ...positionFields(one, aheadMs) })),
      ...orders.map((one) => ({ t: "pending", id, ...pendingFields(one, aheadMs) })),
      endOf(id, length),
    ];
  }

  #symbols({ id, sym }: Extract<DownLine, { readonly t: "symbols" }>): Said[] {
    const { broker, shown } = this.#options;
    const asked = broker.symbols.filter(({ name }) =>
      sym === "" ? (shown?.has(name) ?? true) : name === sym,
    );
    const said = asked.map((spec) => ({ t: "symbol", id, ...symbolFields(spec) }));
    return [...said, endOf(id, said.length)];
  }

  #history({ id, from, to }: Extract<DownLine, { readonly t: "history" }>): Said[] {
    const { broker, login, aheadMs } = this.#options;
    const deals = broker.deals(login, from - aheadMs, to - aheadMs);
    const said = deals.map((deal) => ({ t: "past", id, ...dealFields(deal, aheadMs) }));
    return [...said, endOf(id, said.length)];
  }

  #payments({ id, from, to }: Extract<DownLine, { readonly t: "payments" }>): Said[] {
    const { broker, login, aheadMs } = this.#options;
    const said = broker.cash(login, from - aheadMs, to - aheadMs).map((one) => {
      return { t: "paid", id, pid: one.id, ...paymentFields(one, aheadMs) };
    });
    return [...said, endOf(id, said.length)];
  }

  #find({ id, key, fence: asked }: Extract<DownLine, { readonly t: "find" }>): Said {
    const { broker, login, aheadMs } = this.#options;
    if (asked > 0 && !broker.sees(login, asked))
      return { t: "end", id, count: 0, ok: 0, why: "FENCED" };
    this.#fence = Math.max(this.#fence, asked);
    const outcome = broker.outcome(login, key) ?? this.#closedBy.get(key) ?? null;
    const fence = this.#fences.get(key) ?? 0;
    if (outcome !== null) {
      return { t: "found", id, ...answerFields(outcome, { key, fence }, aheadMs) };
    }
    const none = { code: "", ret: 0, order: "", pos: "", filled: "", price: "", at: 0 };
    return { t: "found", id, key, fence: 0, status: "not-found", ...none };
  }

  #quote(id: number, symbol: string): Said {
    const { broker, aheadMs } = this.#options;
    try {
      const quote = broker.quote(symbol);
      if (quote !== null) return { t: "price", id, ...quoteFields(quote, aheadMs) };
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
    }
    return { t: "price", id, sym: symbol, bid: "", ask: "", at: 0 };
  }
}

function termsOf({ side, type, price, limit, expiry }: Do, aheadMs: number): PendingTerms | null {
  if (type === "market") return null;
  const expiresAt = expiry === 0 ? null : expiry - aheadMs;
  return { type: `${side}-${type}`, price: parseFixed(price), limitPrice: maybe(limit), expiresAt };
}

function endOf(id: number, count: number): Said {
  return { t: "end", id, count, ok: 1, why: "" };
}
