/**
 * The gateway to the simulated broker: a thin asynchronous shell that adds what a network does
 * to it (delays, losses, broken links) and nothing to what the broker decides.
 * Invariants: without a delay an order is executed inside the call, on no timer; what is lost
 * after it may have been sent is `unknown`, never a rejection; an account that is not connected
 * throws GATEWAY_DOWN on every read. Sinks must not throw.
 */
import type { AccountRef } from "../../domain/account.ts";
import type { CashMovement } from "../../domain/cash.ts";
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Instruction, Outcome } from "../../domain/instruction.ts";
import { ORDER_TYPES } from "../../domain/pending-order.ts";
import type { Quote, SymbolSpec } from "../../domain/symbol.ts";
import type { Deal, Snapshot } from "../../domain/trade.ts";
import type { Clock, Timers } from "../../platform/clock.ts";
import type { Capabilities, Gateway, GatewayEvent, NotFound } from "../gateway.ts";
import type { SimulatedBroker } from "./broker.ts";
import { calmFates, type Fate, type Fates } from "./faults.ts";
import { breakLink, type Disconnects, type Link, Links, rest } from "./links.ts";
import type { BrokerEvent } from "./model.ts";

export type SimulatorOptions = {
  readonly broker: SimulatedBroker;
  readonly accounts: readonly AccountRef[];
  readonly clock: Clock;
  readonly timers: Timers;
  /** What befalls each order; nothing unless told. */
  readonly fates?: Fates;
  /** Links that break by themselves; none unless told. */
  readonly disconnects?: Disconnects;
  /** How often quotes and figures are published; unless told, the driver calls the broker's `publish`. */
  readonly publishEveryMs?: number;
  /** An outcome younger than this is not found yet; 0 unless told. */
  readonly historyLagMs?: number;
  /** 1 unless told. */
  readonly inFlightMax?: number;
  /** 5000 unless told. */
  readonly quarantineMs?: number;
};

const TOO_MANY_REQUESTS = 10024;
const REQUESTS_PER_SECOND = 1000;

export class SimulatorGateway implements Gateway {
  readonly kind = "simulator";
  readonly #options: SimulatorOptions;
  readonly #links = new Links();
  #sink: ((event: GatewayEvent) => void) | null = null;
  #waiting = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    for (const account of options.accounts) this.attach(account);
  }

  /** Executions that sleep on the timers now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Serves one more account of the broker. Throws UNKNOWN_ACCOUNT. */
  attach(account: AccountRef): void {
    this.#options.broker.terms(account.login);
    this.#links.add(account);
    this.#tell({ type: "link", account, up: true });
  }

  /** Breaks or mends the link of an account. Throws UNKNOWN_ACCOUNT. */
  setLink(account: AccountRef, up: boolean): void {
    for (const event of this.#links.set(account, up)) this.#tell(event);
  }

  capabilities(account: AccountRef): Capabilities {
    return {
      positionMode: this.#options.broker.terms(account.login).positionMode,
      delivery: "push",
      idempotency: "tagged",
      checksFences: true,
      stopsOnEntry: true,
      partialClose: true,
      pendingOrders: ORDER_TYPES,
      history: true,
      quotes: true,
      inFlightMax: this.#options.inFlightMax ?? 1,
      requestsPerSecond: REQUESTS_PER_SECOND,
      quarantineMs: this.#options.quarantineMs ?? 5000,
    };
  }

  /** Tells the state of each link and the standing quotes first. */
  async start(sink: (event: GatewayEvent) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#sink = sink;
    const unsubscribe = this.#options.broker.subscribe((event) => this.#pass(event));
    signal.addEventListener("abort", () => {
      unsubscribe();
      this.#sink = null;
    });
    for (const { account, up } of this.#links.all()) {
      this.#tell({ type: "link", account, up });
      this.#breakByTurns(account, signal);
    }
    const { broker } = this.#options;
    for (const { name } of broker.symbols) {
      const quote = broker.quote(name);
      if (quote !== null) this.#tell({ type: "quote", brokerId: broker.brokerId, quote });
    }
    if (this.#options.publishEveryMs !== undefined) {
      void this.#publishEvery(this.#options.publishEveryMs, signal);
    }
  }

  async accounts(): Promise<AccountRef[]> {
    return [...this.#links.all()].map((link) => link.account);
  }

  async snapshot(account: AccountRef): Promise<Snapshot> {
    const link = this.#links.connected(account);
    return { account: link.account, ...this.#options.broker.snapshot(account.login) };
  }

  async symbols(account: AccountRef): Promise<SymbolSpec[]> {
    this.#links.connected(account);
    return [...this.#options.broker.symbols];
  }

  async execute(instruction: Instruction): Promise<Outcome> {
    const link = this.#links.connected(instruction.account);
    if (link.inFlight >= (this.#options.inFlightMax ?? 1)) {
      return this.#without(instruction, "rejected", TOO_MANY_REQUESTS);
    }
    const fate = (this.#options.fates ?? calmFates)(instruction);
    link.inFlight += 1;
    try {
      return await this.#travel(instruction, link, fate);
    } finally {
      link.inFlight -= 1;
    }
  }

  async lookup(account: AccountRef, key: string, fence?: number): Promise<Outcome | NotFound> {
    this.#links.connected(account);
    const { broker, clock, historyLagMs = 0 } = this.#options;
    if (fence !== undefined && !broker.sees(account.login, fence)) {
      throw new LockstepError("GATEWAY_DOWN", { login: account.login, cause: "FENCED" });
    }
    const outcome = broker.outcome(account.login, key);
    const visible = outcome !== null && outcome.at + historyLagMs <= clock.now();
    return visible ? outcome : { status: "not-found" };
  }

  async *deals(account: AccountRef, from: Instant, to: Instant): AsyncIterable<Deal> {
    this.#links.connected(account);
    yield* this.#options.broker.deals(account.login, from, to);
  }

  async *cash(account: AccountRef, from: Instant, to: Instant): AsyncIterable<CashMovement> {
    this.#links.connected(account);
    yield* this.#options.broker.cash(account.login, from, to);
  }

  /** Throws GATEWAY_DOWN before the first quote. */
  async quote(account: AccountRef, symbol: string): Promise<Quote> {
    this.#links.connected(account);
    const quote = this.#options.broker.quote(symbol);
    if (quote === null) throw new LockstepError("GATEWAY_DOWN", { symbol, cause: "no quote yet" });
    return quote;
  }

  async serverClock(): Promise<{ readonly server: Instant; readonly local: Instant }> {
    const now = this.#options.clock.now();
    return { server: now, local: now };
  }

  /** To the broker and back; a link that breaks on the way loses what is under way. */
  async #travel(instruction: Instruction, link: Link, fate: Fate): Promise<Outcome> {
    const { breaks } = link;
    if (fate.requestMs > 0) await this.#wait(fate.requestMs);
    if (fate.lost === "request" || link.breaks !== breaks) {
      return this.#without(instruction, "unknown", null);
    }
    const { key, fence, validUntil, account } = instruction;
    const tag = { key, fence, validUntil };
    const outcome = this.#options.broker.trade(account.login, instruction, tag, fate);
    if (fate.replyMs > 0) await this.#wait(fate.replyMs);
    if (fate.lost === "reply" || link.breaks !== breaks) {
      return this.#without(instruction, "unknown", null);
    }
    return outcome;
  }

  async #wait(ms: number): Promise<void> {
    this.#waiting += 1;
    try {
      await this.#options.timers.sleep(ms);
    } finally {
      this.#waiting -= 1;
    }
  }

  #without(
    { positionId }: Instruction,
    status: "unknown" | "rejected",
    brokerCode: number | null,
  ): Outcome {
    const code = status === "unknown" ? "IN_FLIGHT" : "TOO_MANY_REQUESTS";
    const at = this.#options.clock.now();
    return { status, code, brokerCode, orderId: null, positionId, filled: 0n, price: null, at };
  }

  async #publishEvery(ms: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#options.broker.publish();
      await rest(this.#options.timers, ms, signal);
    }
  }

  #breakByTurns(account: AccountRef, signal: AbortSignal): void {
    const { disconnects, timers } = this.#options;
    if (disconnects === undefined) return;
    void breakLink((up) => this.setLink(account, up), disconnects, timers, signal);
  }

  #pass(event: BrokerEvent): void {
    const passed = this.#links.deliver(event, this.#options.broker.brokerId);
    if (passed !== null) this.#tell(passed);
  }

  #tell(event: GatewayEvent): void {
    this.#sink?.(event);
  }
}
