/**
 * One broker's accounts whose terminals run our Expert Advisors, as a gateway like the others.
 * Invariants: an account without a session throws GATEWAY_DOWN, and nothing is sent; an answer that
 * does not come in time is `unknown`; an incomplete snapshot is none.
 */
import type { AccountRef } from "../../domain/account.ts";
import type { CashMovement } from "../../domain/cash.ts";
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { CloseByInstruction, Instruction, Outcome } from "../../domain/instruction.ts";
import { ORDER_TYPES, type PendingOrder } from "../../domain/pending-order.ts";
import type { Quote, SymbolSpec } from "../../domain/symbol.ts";
import type { Deal, Position, Snapshot } from "../../domain/trade.ts";
import type { Capabilities, Gateway, GatewayEvent, NotFound } from "../gateway.ts";
import type { Session } from "./session.ts";
import type { Terminals } from "./terminals.ts";
import {
  dealOf,
  figuresOf,
  movementOf,
  orderOf,
  outcomeOf,
  positionOf,
  quoteOf,
  specOf,
} from "./translate.ts";

const IN_FLIGHT_MAX = 1;
const TOO_MANY_REQUESTS = 10024;
const WATCHED_MAX = 200;
/** MetaTrader 4 has no stop-limit orders. */
const MT4_ORDERS = ORDER_TYPES.filter((type) => !type.endsWith("-stop-limit"));

export type MetaTraderOptions = {
  readonly brokerId: string;
  readonly terminals: Terminals;
  now(): Instant;
};

export class MetaTraderGateway implements Gateway {
  readonly kind = "metatrader";
  readonly #options: MetaTraderOptions;
  /** Symbols whose facts are known: their quotes are wanted. */
  readonly #wanted = new Set<string>();
  readonly #named = new Set<string>();
  /** The session that tells the broker's quotes. */
  #quoting: Session | null = null;

  constructor(options: MetaTraderOptions) {
    this.#options = options;
  }

  get brokerId(): string {
    return this.#options.brokerId;
  }

  capabilities(account: AccountRef): Capabilities {
    const seat = this.#options.terminals.seat(account);
    const { allowed = null, platform = "mt4" } = seat?.session ?? {};
    const positionMode = seat?.mode ?? "hedging";
    return {
      positionMode,
      delivery: "push",
      idempotency: "tagged",
      checksFences: true,
      stopsOnEntry: true,
      partialClose: true,
      pendingOrders: platform === "mt5" ? ORDER_TYPES : MT4_ORDERS,
      ...(allowed === null ? {} : { allowed }),
      history: true,
      quotes: true,
      inFlightMax: IN_FLIGHT_MAX,
      requestsPerSecond: 50,
      quarantineMs: 5_000,
    };
  }

  async start(sink: (event: GatewayEvent) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { brokerId, terminals } = this.#options;
    const stop = terminals.listen(brokerId, (event) => {
      sink(event);
      if (event.type === "link") this.#requote();
    });
    signal.addEventListener("abort", stop);
    this.#requote();
  }

  async accounts(): Promise<AccountRef[]> {
    const { brokerId, terminals } = this.#options;
    return [...terminals.of(brokerId)].map((seat) => seat.account);
  }

  async snapshot(account: AccountRef): Promise<Snapshot> {
    const { seat, session } = this.#options.terminals.session(account);
    const { lines, sequence } = await session.ask("look");
    const { offsetMs } = session;
    const positions: Position[] = [];
    const head = lines[0];
    if (head?.t !== "snapshot") throw incomplete(account);
    const orders: PendingOrder[] = [];
    for (const line of lines) {
      if (line.t === "pending") orders.push(orderOf(line, offsetMs));
      if (line.t !== "holding") continue;
      const position = positionOf(line, offsetMs);
      if (position !== null) positions.push(position);
    }
    if (positions.length !== head.positions || orders.length !== head.orders) {
      throw incomplete(account);
    }
    const asOf = head.st + offsetMs;
    const figures = figuresOf(head, asOf);
    return { account: seat.account, figures, positions, orders, asOf, sequence };
  }

  async symbols(account: AccountRef, name = ""): Promise<SymbolSpec[]> {
    const { session } = this.#options.terminals.session(account);
    const { lines } = await session.ask("symbols", { sym: name });
    const { offsetMs } = session;
    const specs = lines.flatMap((line) => (line.t === "symbol" ? [specOf(line, offsetMs)] : []));
    for (const { name: found } of specs) this.#want(found, name !== "");
    this.#requote();
    return specs;
  }

  /** What was asked for by its name takes the place of one that was only shown. */
  #want(symbol: string, byName: boolean): void {
    if (byName) this.#named.add(symbol);
    if (this.#wanted.has(symbol)) return;
    if (this.#wanted.size >= WATCHED_MAX) {
      const shown = byName ? [...this.#wanted].findLast((one) => !this.#named.has(one)) : undefined;
      if (shown === undefined) return;
      this.#wanted.delete(shown);
      this.#quoting?.unwatch(shown);
    }
    this.#wanted.add(symbol);
  }

  execute(instruction: Instruction): Promise<Outcome> {
    return this.#send(instruction);
  }

  closeBy(instruction: CloseByInstruction): Promise<Outcome> {
    return this.#send(instruction);
  }

  async #send(instruction: Instruction | CloseByInstruction): Promise<Outcome> {
    const { session } = this.#options.terminals.session(instruction.account);
    if (session.inFlight < IN_FLIGHT_MAX) return session.execute(instruction);
    return {
      status: "rejected",
      code: "TOO_MANY_REQUESTS",
      brokerCode: TOO_MANY_REQUESTS,
      orderId: null,
      positionId: instruction.positionId,
      filled: 0n,
      price: null,
      at: this.#options.now(),
    };
  }

  async lookup(account: AccountRef, key: string, fence = 0): Promise<Outcome | NotFound> {
    const { session } = this.#options.terminals.session(account);
    const [line] = (await session.ask("find", { key, fence })).lines;
    if (line?.t !== "found" || line.key !== key) throw incomplete(account);
    const { status } = line;
    if (status === "not-found") return { status };
    return outcomeOf({ ...line, status }, session.offsetMs);
  }

  async *deals(account: AccountRef, from: Instant, to: Instant): AsyncIterable<Deal> {
    const { session } = this.#options.terminals.session(account);
    const { offsetMs } = session;
    const range = { from: Math.max(0, from - offsetMs), to: Math.max(0, to - offsetMs) };
    for (const line of (await session.ask("history", range)).lines) {
      if (line.t === "past") yield dealOf(line, offsetMs);
    }
  }

  async *cash(account: AccountRef, from: Instant, to: Instant): AsyncIterable<CashMovement> {
    const { session } = this.#options.terminals.session(account);
    const { offsetMs } = session;
    const range = { from: Math.max(0, from - offsetMs), to: Math.max(0, to - offsetMs) };
    for (const line of (await session.ask("payments", range)).lines) {
      if (line.t === "paid") yield movementOf(line.pid, line, offsetMs);
    }
  }

  async quote(account: AccountRef, symbol: string): Promise<Quote> {
    const { session } = this.#options.terminals.session(account);
    const [line] = (await session.ask("quote?", { sym: symbol })).lines;
    if (line?.t !== "price" || line.bid === "" || line.ask === "") {
      throw new LockstepError("GATEWAY_DOWN", { symbol, cause: "no quote" });
    }
    return quoteOf(line, session.offsetMs);
  }

  /** By the terminal that was heard first of those connected now. */
  async serverClock(): Promise<{ readonly server: Instant; readonly local: Instant }> {
    const session = this.#first();
    if (session === null) throw new LockstepError("GATEWAY_DOWN", { cause: "no terminal" });
    const local = this.#options.now();
    return { server: local - session.offsetMs, local };
  }

  #first(): Session | null {
    const { brokerId, terminals } = this.#options;
    for (const { session } of terminals.of(brokerId)) if (session !== null) return session;
    return null;
  }

  /** One terminal of the broker tells the quotes; when it goes, another does. */
  #requote(): void {
    if (this.#quoting?.isOpen !== true) this.#quoting = this.#first();
    const { size } = this.#wanted;
    if (this.#quoting === null || this.#quoting.watched.size === size) return;
    for (const symbol of this.#wanted) this.#quoting.watch(symbol);
  }
}

function incomplete({ login }: AccountRef): LockstepError {
  return new LockstepError("GATEWAY_DOWN", { login, cause: "the answer is not whole" });
}
