/**
 * A gateway to brokers in another process, over a socket that may break, hang or be held: what a
 * terminal's or a bridge's connection is in real life. It hides nothing of that: an order whose
 * answer did not come is unknown, a read that could not be made is GATEWAY_DOWN.
 */
import { connect, type Socket } from "node:net";
import type { AccountRef } from "../../domain/account.ts";
import type { CashMovement } from "../../domain/cash.ts";
import { type ErrorCode, LockstepError } from "../../domain/errors.ts";
import type { Instruction, Outcome } from "../../domain/instruction.ts";
import { ORDER_TYPES } from "../../domain/pending-order.ts";
import type { SymbolSpec } from "../../domain/symbol.ts";
import type { Deal, Snapshot } from "../../domain/trade.ts";
import type { Capabilities, Gateway, GatewayEvent, NotFound } from "../../gateway/gateway.ts";
import { type Said, Wire } from "./wire.ts";

export type RemoteOptions = {
  readonly brokerId: string;
  readonly port: number;
  readonly accounts: readonly AccountRef[];
  readonly positionMode: "hedging" | "netting";
  readonly quarantineMs: number;
};

const ANSWER_MS_MAX = 4_000;
const SILENCE_MS_MAX = 2_500;
const AGAIN_MS = 150;

type Waiting = { resolve(value: unknown): void; reject(error: Error): void };

/** Sent, and no answer: nobody knows. */
class Unanswered extends Error {}

export class RemoteGateway implements Gateway {
  readonly kind = "remote";
  readonly brokerId: string;
  readonly #options: RemoteOptions;
  readonly #waiting = new Map<number, Waiting>();
  #wire: Wire | null = null;
  #sink: (event: GatewayEvent) => void = () => {};
  #last = 0;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.brokerId = options.brokerId;
  }

  capabilities(): Capabilities {
    const { positionMode, quarantineMs } = this.#options;
    return {
      ...{ positionMode, quarantineMs, delivery: "push", idempotency: "tagged" },
      ...{ checksFences: true, stopsOnEntry: true, partialClose: true, history: true },
      ...{ quotes: true, inFlightMax: 1, requestsPerSecond: 1_000, pendingOrders: ORDER_TYPES },
    };
  }

  async start(sink: (event: GatewayEvent) => void, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    for (const account of this.#options.accounts) sink({ type: "link", account, up: false });
    // A hub that ends hears no more, and still waits for its answers: the process ends the link.
    signal.addEventListener("abort", () => {
      this.#sink = () => {};
    });
    void this.#stayConnected();
  }

  async #stayConnected(): Promise<void> {
    for (;;) {
      await this.#connection();
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** Until it ends, for whatever reason. */
  async #connection(): Promise<void> {
    const socket = connect({ port: this.#options.port, host: "127.0.0.1" });
    socket.setTimeout(SILENCE_MS_MAX, () => void socket.destroy());
    const wire = new Wire(socket, (message) => this.#hear(message as Said));
    socket.once("connect", () => {
      this.#wire = wire;
      wire.send({ hello: this.brokerId });
    });
    await ended(socket);
    this.#wire = null;
    for (const { reject } of this.#waiting.values()) reject(new Unanswered("the link broke"));
    this.#waiting.clear();
    for (const account of this.#options.accounts) this.#sink({ type: "link", account, up: false });
  }

  #hear(said: Said): void {
    if ("beat" in said) return;
    if ("event" in said) {
      this.#sink(said.event as GatewayEvent);
      return;
    }
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if ("result" in said) waiting?.resolve(said.result);
    else waiting?.reject(new LockstepError(said.code as ErrorCode, said.context));
  }

  /** GATEWAY_DOWN: certainly not sent. */
  #ask(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const wire = this.#wire;
    if (wire === null) return Promise.reject(down("not connected"));
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Unanswered("no answer in time"));
      }, ANSWER_MS_MAX);
      const settle =
        <T>(act: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          act(value);
        };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      wire.send({ id, method, args });
    });
  }

  async #read<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    try {
      return (await this.#ask(method, ...args)) as T;
    } catch (error) {
      if (error instanceof Unanswered) throw down(error.message);
      throw error;
    }
  }

  async execute(instruction: Instruction): Promise<Outcome> {
    try {
      return (await this.#ask("execute", instruction)) as Outcome;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      const { positionId } = instruction;
      return {
        ...{ status: "unknown", code: "IN_FLIGHT", brokerCode: null, orderId: null, positionId },
        ...{ filled: 0n, price: null, at: Date.now() },
      };
    }
  }

  accounts = async (): Promise<AccountRef[]> => [...this.#options.accounts];
  snapshot = (account: AccountRef): Promise<Snapshot> => this.#read("snapshot", account);
  symbols = (account: AccountRef): Promise<SymbolSpec[]> => this.#read("symbols", account);
  lookup = (account: AccountRef, key: string): Promise<Outcome | NotFound> =>
    this.#read("lookup", account, key);
  serverClock = (): Promise<{ server: number; local: number }> => this.#read("serverClock");

  async *deals(account: AccountRef, from: number, to: number): AsyncIterable<Deal> {
    yield* await this.#read<Deal[]>("deals", account, from, to);
  }

  async *cash(account: AccountRef, from: number, to: number): AsyncIterable<CashMovement> {
    yield* await this.#read<CashMovement[]>("cash", account, from, to);
  }
}

const down = (cause: string): LockstepError => new LockstepError("GATEWAY_DOWN", { cause });

const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
