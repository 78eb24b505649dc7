/** What a hub is made of: everything that touches the world comes in through here. */
import type { CalendarStore } from "../calendar/store.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { DecisionRow, FollowerStore } from "../follower/store.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { LaneStore } from "../lane/store.ts";
import type { Signal } from "../master/signal.ts";
import type { MasterStore } from "../master/store.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import type { Leases } from "../platform/leases.ts";
import type { Protections } from "../platform/protections.ts";
import type { OutboxStore } from "../queue/store.ts";
import type { DeskStore } from "../reconcile/desk/store.ts";
import type { ReconcileStore } from "../reconcile/store.ts";
import type { KillStore } from "../risk/kill/store.ts";
import type { GuardStore } from "../risk/store.ts";
import type { ReapplyStore } from "../subscriptions/reapply/store.ts";
import type { SymbolMappingStore } from "../symbols/store.ts";
import type { HubStore } from "./store.ts";

/** Told of what happened, for screens, the bench and the replay; must return at once. */
export type HubObserver = {
  signal?(signal: Signal): void;
  decided?(signal: Signal, rows: readonly DecisionRow[]): void;
  resolved?(instruction: LedgerInstruction, outcome: Outcome): void;
};

export type HubDeps = {
  readonly slot: string;
  readonly leases: Leases;
  readonly doorbells: Doorbells;
  readonly stores: {
    readonly hub: HubStore;
    readonly master: MasterStore;
    readonly follower: FollowerStore;
    readonly lane: LaneStore;
    readonly reconcile: ReconcileStore;
    readonly desk: DeskStore;
    /** Absent where nobody can ask for rules to be applied. */
    readonly reapply?: ReapplyStore;
    readonly outbox: OutboxStore;
    readonly calendar: CalendarStore;
    readonly guards: GuardStore;
    readonly kills: KillStore;
    readonly symbols: SymbolMappingStore;
  };
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Real time, also where `timers` are simulated: for leases, sweeps and batching. */
  readonly wall: Timers;
  /** Never jumps: for periods, and how long ago something was. */
  readonly monotonicMs: () => number;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  readonly protections: Protections;
  readonly observer?: HubObserver;
  readonly log: HubLog;
  /** Milliseconds between turns of the lease and sweeps of the ledger, on wall time. */
  readonly turnMs?: number;
  /** How long what is under way may take to end once the hub is told to stop. */
  readonly drainMs?: number;
  readonly reconcileMs?: number;
  readonly equityMs?: number;
};

export type HubLog = {
  info(facts: Record<string, unknown>, words: string): void;
  error(facts: Record<string, unknown>, words: string): void;
};
