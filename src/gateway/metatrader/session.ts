/**
 * A proven terminal's connection: numbers its lines, hands events to the hub, sends instructions.
 * Invariant: every line bears the next number, and what was sent here is answered here, or is
 * unknown once the connection has gone.
 */
import { isDeepStrictEqual } from "node:util";
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { CloseByInstruction, Instruction, Outcome } from "../../domain/instruction.ts";
import type { AccountEvent, Allowed, GatewayEvent } from "../gateway.ts";
import type { ClockOffset } from "./clock-offset.ts";
import type { Device } from "./devices.ts";
import type { Proven } from "./handshake.ts";
import { Refusal } from "./refusals.ts";
import { type AnswerLine, type Asked, Requests, unanswered } from "./requests.ts";
import type { Seat } from "./seat.ts";
import {
  dealOf,
  figuresOf,
  instructionLine,
  movementOf,
  orderOf,
  outcomeOf,
  positionOf,
  quoteOf,
  specOf,
} from "./translate.ts";
import type { AnyUp, SessionUp, Up } from "./wire.ts";

/** What bears a number of the epoch. */
type Numbered = Up<"deal"> | Up<"position"> | Up<"order"> | Up<"cash">;

export type SessionLimits = {
  readonly heartbeatMs: number;
  /** How long an outcome is waited for before it is unknown. */
  readonly answerMs: number;
  /** How long a snapshot, symbols or a history is waited for. */
  readonly readMs: number;
};

export type SessionDeps = SessionLimits & {
  readonly proven: Proven;
  readonly seat: Seat;
  readonly offset: ClockOffset;
  now(): Instant;
  write(line: string): void;
  tell(event: GatewayEvent): void;
};

const SILENT_BEATS = 3;
const BURST = 20_000;
const LINES_PER_SECOND = 2_000;

export class Session {
  readonly #deps: SessionDeps;
  readonly #requests = new Requests();
  #next = 1;
  #heardAt: Instant;
  #pingedAt: Instant;
  #pings = 0;
  #allowance = BURST;
  #allowedAt: Instant;
  #closed = false;
  /** Symbols whose quotes this terminal tells. */
  readonly watched = new Set<string>();

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    const now = deps.now();
    this.#heardAt = now;
    this.#pingedAt = now;
    this.#allowedAt = now;
    deps.offset.unasked(deps.proven.hello.st, deps.proven.heardAt);
  }

  get device(): Device {
    return this.#deps.proven.device;
  }

  /** MetaTrader 4 has fewer kinds of orders. */
  get platform(): "mt4" | "mt5" {
    return this.#deps.proven.hello.platform;
  }

  get offsetMs(): number {
    return this.#deps.offset.ms;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  get inFlight(): number {
    return this.#requests.inFlight;
  }

  /** Throws a Refusal. */
  receive(message: AnyUp): void {
    if (message.t === "hello" || message.t === "proof" || message.t === "post") {
      throw new Refusal("WRONG_STATE", message.t);
    }
    // Over HTTP a terminal that was put off may still be posting.
    if (this.#closed) throw new Refusal("REPLAYED", "the session has ended");
    const now = this.#deps.now();
    this.#spend(now);
    if (message.n !== this.#next) throw new Refusal("REPLAYED", `line ${this.#next} is the next`);
    this.#next += 1;
    this.#heardAt = now;
    this.#hear(message, now);
  }

  /** What the terminal says of itself; null until it does. */
  allowed: Allowed | null = null;

  #hear(message: SessionUp, now: Instant): void {
    const { tell, seat, offset } = this.#deps;
    switch (message.t) {
      case "deal":
      case "position":
      case "order":
      case "cash":
        this.#event(message);
        return;
      case "account":
        tell({ type: "figures", account: seat.account, figures: figuresOf(message, now) });
        return;
      case "quote":
        tell({
          type: "quote",
          brokerId: seat.account.brokerId,
          quote: quoteOf(message, this.offsetMs),
        });
        return;
      case "status":
        offset.unasked(message.st, now);
        this.#allows(message);
        return;
      case "pong":
        if (message.id !== this.#pings) throw new Refusal("WRONG_STATE", "no such ping");
        offset.answered(message.st, this.#pingedAt, now);
        return;
      case "outcome":
        this.#requests.outcome(message);
        return;
      default:
        this.#answer(message);
    }
  }

  #allows({ trade, hedge, fifo }: Up<"status">): void {
    const { tell, seat } = this.#deps;
    const allowed = {
      tradeAllowed: trade === 1,
      hedgingProhibited: hedge === 0,
      closesOldestFirst: fifo === 1,
    };
    if (isDeepStrictEqual(this.allowed, allowed)) return;
    this.allowed = allowed;
    tell({ type: "allowed", account: seat.account, allowed });
  }

  #event(message: Numbered): void {
    const { tell, seat } = this.#deps;
    if (seat.take(message.seq) === null) {
      tell({ type: "gap", account: seat.account });
      return;
    }
    // The server's time of the sending: an age is counted against it.
    const at = message.st + this.offsetMs;
    const event = this.#accountEvent(message, at);
    if (event !== null) tell(seat.event(event, at));
  }

  #accountEvent(message: Numbered, at: Instant): AccountEvent | null {
    const { offsetMs } = this;
    if (message.t === "cash") {
      const movement = movementOf(message.id, message, offsetMs);
      return { type: "cash", movement, after: figuresOf(message, at) };
    }
    const before = figuresOf(message, at);
    if (message.t === "order") {
      const change = message.state === "filled" ? "triggered" : message.state;
      return { type: "order", change, order: orderOf(message, offsetMs), code: null, before };
    }
    const position = positionOf(message, offsetMs);
    if (message.t === "deal") {
      return { type: "deal", deal: dealOf(message, offsetMs), position, before };
    }
    return position === null ? null : { type: "position", position, before };
  }

  #answer(message: AnswerLine): void {
    if (message.t === "symbol" && message.id === 0) {
      const { tell, seat } = this.#deps;
      const spec = specOf(message, this.offsetMs);
      tell({ type: "symbol", brokerId: seat.account.brokerId, spec });
      return;
    }
    if (message.t === "snapshot" && this.#deps.seat.isAhead(message.seq)) {
      this.#deps.tell({ type: "gap", account: this.#deps.seat.account });
    }
    this.#requests.answered(message, this.#deps.seat.sequence);
  }

  /** Lines that answer; GATEWAY_DOWN where none come whole and in time. */
  ask(asked: Asked, fields: Readonly<Record<string, string | number>> = {}) {
    this.#refuseClosed();
    const until = this.#deps.now() + this.#deps.readMs;
    return this.#requests.ask(asked, until, (id) => this.#send({ t: asked, id, ...fields }));
  }

  async execute(instruction: Instruction | CloseByInstruction): Promise<Outcome> {
    this.#refuseClosed();
    const now = this.#deps.now();
    const answer = this.#requests.sent(instruction, now + this.#deps.answerMs);
    this.#deps.write(`${instructionLine(instruction, now, this.offsetMs)}\n`);
    const line = await answer;
    return line === null
      ? unanswered(instruction, this.#deps.now())
      : outcomeOf(line, this.offsetMs);
  }

  watch(symbol: string): void {
    if (this.watched.has(symbol) || this.#closed) return;
    this.watched.add(symbol);
    this.#send({ t: "watch", sym: symbol, on: 1 });
  }

  unwatch(symbol: string): void {
    if (!this.watched.delete(symbol) || this.#closed) return;
    this.#send({ t: "watch", sym: symbol, on: 0 });
  }

  /** The terminal was heard, though it had nothing to say. */
  heard(): void {
    this.#heardAt = this.#deps.now();
  }

  /** Heartbeats and what has waited too long. Throws SILENT. */
  tick(now: Instant, pings: boolean): void {
    const { heartbeatMs } = this.#deps;
    this.#requests.expire(now);
    if (now - this.#heardAt > SILENT_BEATS * heartbeatMs) throw new Refusal("SILENT");
    if (!pings || now - this.#pingedAt < heartbeatMs) return;
    this.#pingedAt = now;
    this.#pings += 1;
    this.#send({ t: "ping", id: this.#pings, hub: now });
  }

  close(): void {
    this.#closed = true;
    this.#requests.close();
  }

  #send(message: Readonly<Record<string, string | number>>): void {
    this.#deps.write(`${JSON.stringify(message)}\n`);
  }

  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new LockstepError("GATEWAY_DOWN", { login: this.#deps.seat.account.login });
  }

  #spend(now: Instant): void {
    const earned = ((now - this.#allowedAt) * LINES_PER_SECOND) / 1_000;
    this.#allowance = Math.min(BURST, this.#allowance + Math.max(0, earned));
    this.#allowedAt = now;
    this.#allowance -= 1;
    if (this.#allowance < 0) throw new Refusal("TOO_FAST");
  }
}
