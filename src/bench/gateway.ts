/**
 * A broker that costs nothing, so that the bench measures the hub: an order is noted when `execute`
 * is called and answered a moment later, as a broker across a network would. One gateway serves the
 * master (whose deals the bench tells) and all followers.
 */
import type { AccountRef, StampedFigures } from "../domain/account.ts";
import { type Fixed, ONE, parseFixed } from "../domain/fixed.ts";
import type { Instruction, Outcome } from "../domain/instruction.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { Deal, Position, Snapshot } from "../domain/trade.ts";
import type { Capabilities, Gateway, GatewayEvent, NotFound } from "../gateway/gateway.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../gateway/simulator/symbols.ts";

export const SYMBOL = "EURUSD";
const ANSWER_MS = 100;
const SLOW_MS = 30_000;
const PRICE = parseFixed("1.1");

export class BenchGateway implements Gateway {
  readonly kind = "bench";
  readonly brokerId: string;
  /** Told of every order, at the moment it would go out. */
  onExecute: (instruction: Instruction) => void = () => {};
  /** Accounts of which the broker takes half a minute to answer. */
  readonly slow = new Set<string>();
  readonly #held: (() => void)[] = [];
  readonly #accounts: readonly AccountRef[];
  readonly #positions = new Map<string, Position>();
  readonly #sequences = new Map<string, number>();
  #sink: ((event: GatewayEvent) => void) | null = null;
  #number = 0;

  constructor(brokerId: string, accounts: readonly AccountRef[]) {
    this.brokerId = brokerId;
    this.#accounts = accounts;
  }

  capabilities(): Capabilities {
    return {
      positionMode: "hedging",
      delivery: "push",
      idempotency: "tagged",
      checksFences: false,
      stopsOnEntry: true,
      partialClose: true,
      history: false,
      quotes: true,
      inFlightMax: 1,
      requestsPerSecond: 1_000,
      quarantineMs: 5_000,
    };
  }

  async start(sink: (event: GatewayEvent) => void): Promise<void> {
    this.#sink = sink;
    const quote = { symbol: SYMBOL, bid: PRICE, ask: PRICE, at: Date.now() };
    sink({ type: "quote", brokerId: this.brokerId, quote });
  }

  async accounts(): Promise<AccountRef[]> {
    return [...this.#accounts];
  }

  async snapshot(account: AccountRef): Promise<Snapshot> {
    const position = this.#positions.get(account.accountId);
    return {
      account,
      figures: figures(),
      positions: position === undefined ? [] : [position],
      asOf: Date.now(),
      sequence: this.#sequences.get(account.accountId) ?? 0,
    };
  }

  async symbols(): Promise<SymbolSpec[]> {
    return symbolsOf([SYMBOL], DEFAULT_VARIANT);
  }

  execute(instruction: Instruction): Promise<Outcome> {
    this.onExecute(instruction);
    const outcome: Outcome = {
      status: "done",
      code: null,
      brokerCode: 10009,
      orderId: `o${instruction.key}`,
      positionId: instruction.positionId ?? `p${instruction.key}`,
      filled: instruction.volume ?? 0n,
      price: PRICE,
      at: Date.now(),
    };
    return new Promise((resolve) => {
      const answer = (): void => {
        this.#hold(instruction);
        resolve(outcome);
      };
      if (this.slow.has(instruction.account.accountId)) this.#held.push(answer);
      setTimeout(answer, this.slow.has(instruction.account.accountId) ? SLOW_MS : ANSWER_MS);
    });
  }

  /** What the slow ones hold back is answered now, and nothing is slow any more. */
  letGo(): void {
    this.slow.clear();
    for (const answer of this.#held.splice(0)) answer();
  }

  /** The account's position is gone, and no event tells of it. */
  vanish(accountId: string): void {
    this.#positions.delete(accountId);
  }

  /** What a follower holds, so that comparing finds what it should. */
  #hold({ kind, key, account, symbol, side, volume, stopLoss, takeProfit }: Instruction): void {
    if (kind === "close") this.#positions.delete(account.accountId);
    if (kind !== "open" || volume === null) return;
    const marks = { key, magic: 0, comment: key, leg: 0, openedAt: Date.now(), profit: 0n };
    const id = `p${key}`;
    const held = { id, symbol, side, volume, openPrice: PRICE, stopLoss, takeProfit, ...marks };
    this.#positions.set(account.accountId, held);
  }

  async lookup(): Promise<NotFound> {
    return { status: "not-found" };
  }

  async serverClock() {
    const now = Date.now();
    return { server: now, local: now };
  }

  /** The master opens a position, or closes the one it has. */
  masterTrades(account: AccountRef, volume: Fixed): void {
    const open = this.#positions.get(account.accountId);
    const position = open === undefined ? this.#opened(volume) : null;
    if (position === null) this.#positions.delete(account.accountId);
    else this.#positions.set(account.accountId, position);
    const subject = position ?? open;
    if (subject === undefined) return;
    const sequence = (this.#sequences.get(account.accountId) ?? 0) + 1;
    this.#sequences.set(account.accountId, sequence);
    this.#sink?.({
      type: "event",
      account,
      sequence,
      at: Date.now(),
      event: {
        type: "deal",
        deal: dealOf(subject, position === null ? "out" : "in", sequence),
        position,
        before: figures(),
      },
    });
  }

  /** The equity of every account is another than it was. */
  allMove(): void {
    this.#number += 1;
    for (const [place, account] of this.#accounts.entries()) {
      const moved = BigInt(((this.#number * 37 + place * 11) % 2_000) - 1_000) * (ONE / 10n);
      const still = figures();
      const equity = still.equity + moved;
      const told = { ...still, equity, freeMargin: equity };
      this.#sink?.({ type: "figures", account, figures: told });
    }
  }

  #opened(volume: Fixed): Position {
    this.#number += 1;
    return {
      id: `m${this.#number}`,
      leg: 0,
      symbol: SYMBOL,
      side: "buy",
      volume,
      openPrice: PRICE,
      stopLoss: parseFixed("1.09"),
      takeProfit: parseFixed("1.12"),
      openedAt: Date.now(),
      profit: 0n,
      key: null,
      magic: 77,
      comment: "",
    };
  }
}

function dealOf(position: Position, entry: "in" | "out", sequence: number): Deal {
  return {
    id: `d${sequence}`,
    orderId: `d${sequence}`,
    positionId: position.id,
    leg: 0,
    symbol: position.symbol,
    side: entry === "in" ? "buy" : "sell",
    entry,
    volume: position.volume,
    price: PRICE,
    profit: 0n,
    commission: 0n,
    swap: 0n,
    reason: "client",
    at: Date.now(),
    key: null,
    magic: 77,
    comment: "",
  };
}

function figures(): StampedFigures {
  const balance = 100_000n * ONE;
  const currency = "USD";
  const margin = 0n;
  return {
    currency,
    balance,
    credit: 0n,
    equity: balance,
    margin,
    freeMargin: balance,
    asOf: Date.now(),
  };
}
