/** What deciding for followers needs of the rest of a hub. */
import type { Signal } from "../master/signal.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import type { CopiedPosition, Decision } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import type { AccountState, Subscription } from "./state.ts";
import type { DecisionRow, FollowerStore } from "./store.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Lanes {
  admit(account: AccountState): "sent" | "queued";
  withdraw(instructions: readonly LedgerInstruction[]): void;
  submit(instructions: readonly LedgerInstruction[]): void;
  cancelUnsent(account: AccountState, subscriptionId: string, position: string): void;
}

export type FollowerDeps = {
  readonly store: FollowerStore;
  readonly lanes: Lanes;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  fence(partition: number): number | null;
  /** A write was refused: these partitions must be read again, or are another's. */
  stale(partitions: readonly number[]): void;
  decided(signal: Signal, rows: readonly DecisionRow[]): void;
  /** Signals before those that were told of are missing here: read them from the ledger. */
  behind(): void;
  /**
   * What the decision misses, a symbol or its first price, is being asked for: resolves when it is
   * known, or is not to be had. Null where it misses none, or was asked for a moment ago.
   */
  learns?(account: AccountState, decision: Decision): Promise<void> | null;
  /** A signal waits for the end of an order that mirrors the master's; absent: nobody is told. */
  waitsForOrder?(subscription: Subscription): void;
  /** Copied positions are not what the ledger was last told; it is told of all of them at once. */
  changed(account: AccountState, copied: readonly CopiedPosition[]): void;
  fault(error: unknown, doing: string): void;
};
