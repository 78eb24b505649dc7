/**
 * Many simulated terminals in one process, at one simulated broker, over real sockets. Each comes
 * back by itself after a loss, with a back-off and jitter as an Expert Advisor does.
 */
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { PositionMode } from "../domain/account.ts";
import { isLockstepError } from "../domain/errors.ts";
import { ONE, parseFixed } from "../domain/fixed.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import { SimulatedBroker } from "../gateway/simulator/broker.ts";
import type { Fate } from "../gateway/simulator/faults.ts";
import { BASE_SYMBOLS, symbolsOf } from "../gateway/simulator/symbols.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import { integerBetween, type Random } from "../platform/random.ts";
import type { Target } from "./link.ts";
import { type Credentials, SimulatedTerminal } from "./terminal.ts";

export type FleetAccount = {
  readonly login: string;
  readonly credentials: Credentials;
  readonly mode: PositionMode;
};

export type FleetOptions = {
  readonly target: Target;
  readonly accounts: readonly FleetAccount[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** The trade servers' clock, ahead of this one. */
  readonly aheadMs?: number;
  /** What every terminal's Market Watch shows; absent: all. */
  readonly shown?: ReadonlySet<string>;
  /** What befalls each instruction; nothing unless told. */
  fate?(): Fate;
  onInstruction?(): void;
  /** Told of the hub's refusals. */
  onRefused?(login: string, code: string): void;
};

const BALANCE = parseFixed("100000");
const START_PRICES: Readonly<Record<string, readonly [string, string]>> = {
  EURUSD: ["1.10000", "1.10010"],
  GBPUSD: ["1.25000", "1.25020"],
  USDJPY: ["150.000", "150.010"],
  NZDUSD: ["0.60000", "0.60010"],
  XAUUSD: ["2000.000", "2000.200"],
  EURGBP: ["0.88000", "0.88010"],
};
/** Of all terminals together: what is sent in a circle waits in between. */
const REDIRECTS_MAX = 10_000;
const BACK_OFF_MS = 500;
const BACK_OFF_MS_MAX = 60_000;

export class Fleet {
  readonly broker: SimulatedBroker;
  /** Where the hub has sent terminals to. */
  readonly redirects: { readonly host: string; readonly port: number }[] = [];
  readonly #options: FleetOptions;
  readonly #terminals = new Map<string, SimulatedTerminal>();

  constructor(options: FleetOptions) {
    this.#options = options;
    const { clock, aheadMs = 0 } = options;
    const log = { append: () => {} };
    this.broker = new SimulatedBroker({
      ...{ brokerId: "fleet", symbols: symbolsOf(BASE_SYMBOLS), clock, log },
    });
    for (const account of options.accounts)
      this.#terminals.set(account.login, this.#made(account, aheadMs));
    this.broker.applyQuotes(this.#quotes(1), clock.now());
    this.broker.subscribe((event) => {
      if (event.type !== "quote") this.#terminals.get(event.login)?.hear(event);
      else for (const terminal of this.#terminals.values()) terminal.hear(event);
    });
  }

  get live(): number {
    let count = 0;
    for (const terminal of this.#terminals.values()) if (terminal.isLive) count += 1;
    return count;
  }

  /** Keeps all terminals connected until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    // Each terminal waits on it.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", () => this.drop());
    await Promise.all([...this.#terminals.values()].map((one) => this.#keep(one)));
  }

  /** The broker has changed a symbol's facts: every terminal that watches it tells. */
  changed(spec: SymbolSpec): void {
    for (const terminal of this.#terminals.values()) terminal.changed(spec);
  }

  isLive(login: string): boolean {
    return this.#terminals.get(login)?.isLive ?? false;
  }

  /** These connections, or every one, go at once. */
  drop(logins: Iterable<string> = this.#terminals.keys()): void {
    for (const login of logins) this.#terminals.get(login)?.drop();
  }

  /** Prices move by up to a hundredth of a percent. */
  move(): void {
    const { random, clock } = this.#options;
    this.broker.applyQuotes(this.#quotes(1 + (random.next() - 0.5) / 5_000), clock.now());
    this.broker.publish();
  }

  #made({ login, credentials, mode }: FleetAccount, aheadMs: number): SimulatedTerminal {
    const { target, clock, timers, fate, onInstruction, shown } = this.#options;
    const terms = { login, currency: "USD", positionMode: mode, leverage: 100n * ONE };
    this.broker.openAccount({ ...terms, balance: BALANCE, credit: 0n });
    return new SimulatedTerminal({
      ...{ broker: this.broker, login, aheadMs, target, credentials, clock, timers, mode },
      ...{ server: "Simulated", platform: "mt5", currency: "USD", epoch: clock.now() },
      random: randomBytes,
      shown,
      onRedirect: (host, port) => void this.redirects.push({ host, port }),
      ...(fate === undefined ? {} : { fate }),
      ...(onInstruction === undefined ? {} : { onInstruction }),
    });
  }

  async #keep(terminal: SimulatedTerminal): Promise<void> {
    const { signal, timers, random, onRefused } = this.#options;
    let backOffMs = BACK_OFF_MS;
    while (!signal.aborted) {
      try {
        await terminal.connect();
        backOffMs = BACK_OFF_MS;
        await terminal.ended();
      } catch (error) {
        if (!isLockstepError(error, "GATEWAY_DOWN")) throw error;
      }
      if (terminal.isSent && this.redirects.length <= REDIRECTS_MAX) continue;
      const { refused } = terminal;
      if (refused !== null) onRefused?.(terminal.login, refused.code);
      // What no waiting mends is for a person.
      if (refused?.retry === 0) return;
      const waitMs = Math.max(backOffMs, refused?.retry ?? 0);
      const jitter = integerBetween(random, -waitMs / 4, waitMs / 4);
      await timers.sleep(Math.round(waitMs + jitter), signal).catch(() => {});
      backOffMs = Math.min(BACK_OFF_MS_MAX, backOffMs * 2);
    }
  }

  #quotes(factor: number) {
    return Object.entries(START_PRICES).map(([symbol, [bid, ask]]) => ({
      symbol,
      bid: scaled(bid, factor),
      ask: scaled(ask, factor),
    }));
  }
}

/** A price for show, on the grid of three digits or five. */
function scaled(price: string, factor: number): bigint {
  const digits = price.split(".")[1]?.length ?? 5;
  return parseFixed((Number(price) * factor).toFixed(digits));
}
