/** What the lanes need of the process that owns them. */
import type { Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import type { LaneStore } from "./store.ts";

export type LaneDeps = {
  readonly store: LaneStore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Real time, also where the hub's own time is simulated. */
  readonly wall: Timers;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  /** Aborts when the hub stops: nothing waits any longer. */
  readonly stopping: AbortSignal;
  fence(partition: number): number | null;
  gateway(account: AccountState): Gateway;
  subscription(id: string): Subscription | undefined;
  subscriptions(accountId: string): readonly Subscription[];
  account(accountId: string): AccountState | undefined;
  /** Looks at the account's broker; an account that cannot be looked at is no failure. */
  look(account: AccountState): Promise<void>;
  /** The followers' fan-out is being written: settling may wait a little. */
  fanningOut(): boolean;
  /** An instruction has left its lane for good. */
  resolved(instruction: LedgerInstruction, outcome: Outcome): void;
  /** A write was refused because another process owns the partition now. */
  stale(partitions: readonly number[]): void;
  fault(error: unknown, doing: string): void;
};
