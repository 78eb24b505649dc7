/** What a conformance bench must offer, and the few words in which the tests speak of it. */
import { expect } from "vitest";
import type { AccountRef } from "../../domain/account.ts";
import { type Fixed, parseFixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Instruction, Outcome } from "../../domain/instruction.ts";
import type { Position } from "../../domain/trade.ts";
import type { Gateway, GatewayEvent } from "../gateway.ts";

/** What befalls the next order: lost before or after the broker has it, refused, or half filled. */
export type OneFault =
  | { readonly fault: "request-lost" | "reply-lost" | "half-filled" }
  | { readonly fault: "rejected"; readonly brokerCode: number };

export type ConformanceBench = {
  /** The hub's side, started; after `restart` another one. */
  gateway(): Gateway;
  readonly hedging: AccountRef | null;
  readonly netting: AccountRef | null;
  /** A quoted symbol, of which both accounts can open 1.00 lots, and whose step is 0.01. */
  readonly symbol: string;
  /** Every code with which the broker can refuse. */
  readonly brokerCodes: readonly number[];
  /** What the gateway has told since it was started. */
  events(): readonly GatewayEvent[];
  now(): Instant;
  fail(next: OneFault): void;
  /** Moves the symbol's market; absent where the bench cannot. */
  readonly quote?: (bid: Fixed, ask: Fixed) => Promise<void>;
  /** Hands the order over, then ends the hub's side before the answer; another takes its place. */
  sendAndKill(instruction: Instruction): Promise<void>;
  /** Trades in the account without the hub; gives the position's id. */
  byHand(instruction: Instruction): Promise<string>;
  setLink(account: AccountRef, up: boolean): Promise<void>;
  /** Orders at the broker that bear the key, by the broker's own records. */
  ordersWith(key: string): Promise<number>;
  close(): Promise<void>;
};

export const LOT: Fixed = parseFixed("1");
export const HALF: Fixed = parseFixed("0.5");

export type Context = {
  readonly bench: ConformanceBench;
  readonly order: (facts?: Partial<Instruction>) => Instruction;
};

/** Instructions with a key of their own each, unless one is given. */
export function orders(bench: ConformanceBench): Context["order"] {
  let count = 0;
  const account = bench.hedging ?? bench.netting;
  return (facts = {}) => {
    if (account === null) throw new TypeError("the bench has no account");
    count += 1;
    return {
      key: `CONFORMANCE${String(count).padStart(5, "0")}`,
      account,
      kind: "open",
      symbol: bench.symbol,
      side: "buy",
      volume: LOT,
      positionId: null,
      stopLoss: null,
      takeProfit: null,
      magic: 99,
      comment: "",
      fence: 1,
      validUntil: bench.now() + 60_000,
      ...facts,
    };
  };
}

export async function positionsOf(
  bench: ConformanceBench,
  account: AccountRef,
): Promise<readonly Position[]> {
  return (await bench.gateway().snapshot(account)).positions;
}

export function volumeOf(positions: readonly Position[]): Fixed {
  return positions.reduce((sum, position) => sum + position.volume, 0n);
}

export function expectRejected(outcome: Outcome): void {
  expect(outcome).toMatchObject({ status: "rejected", filled: 0n, orderId: null });
}
