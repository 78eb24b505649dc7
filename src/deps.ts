/** The one place that constructs adapters and services: a hub over a database and a queue. */
import { randomUUID } from "node:crypto";
import { postgresCalendarStore } from "./calendar/store.ts";
import type { HistoryRecords } from "./demo/history/fill.ts";
import { postgresFollowerStore } from "./follower/store.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { Hub } from "./hub/hub.ts";
import type { HubLog, HubObserver } from "./hub/ports.ts";
import { postgresHubStore } from "./hub/store.ts";
import { postgresLaneStore } from "./lane/store.ts";
import { postgresMasterStore } from "./master/store.ts";
import { Activity } from "./platform/activity.ts";
import {
  type Clock,
  monotonicMs,
  systemClock,
  systemTimers,
  type Timers,
} from "./platform/clock.ts";
import type { Doorbells } from "./platform/doorbells.ts";
import { type Failpoints, noFailpoints } from "./platform/failpoints.ts";
import { Leases, postgresLeaseStore } from "./platform/leases.ts";
import { askOf, type Pipes } from "./platform/pipes.ts";
import type { Sql } from "./platform/postgres.ts";
import { allProtections, type Protections } from "./platform/protections.ts";
import { postgresOutboxStore } from "./queue/store.ts";
import { postgresDeskStore } from "./reconcile/desk/store.ts";
import { postgresReconcileStore } from "./reconcile/store.ts";
import { postgresKillStore } from "./risk/kill/store.ts";
import { postgresGuardStore } from "./risk/store.ts";
import { postgresReapplyStore } from "./subscriptions/reapply/store.ts";
import { postgresSymbolMappingStore } from "./symbols/store.ts";

export type HubParts = {
  /** As the application's role. */
  readonly sql: Sql;
  /** For signals and decisions; without it they share the connections of `sql`. */
  readonly orders?: Pipes;
  readonly doorbells: Doorbells;
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly log: HubLog;
  readonly slot: string;
  readonly owner?: string;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly monotonicMs?: () => number;
  readonly activity?: Activity;
  readonly failpoints?: Failpoints;
  readonly protections?: Protections;
  readonly observer?: HubObserver;
  /** Partitions this process may own; without it, its fair share. */
  readonly only?: ReadonlySet<number>;
  readonly leaseMs?: number;
  readonly turnMs?: number;
  readonly drainMs?: number;
  readonly reconcileMs?: number;
  readonly equityMs?: number;
};

export function createHub(parts: HubParts): Hub {
  const { sql, slot, only, leaseMs } = parts;
  const orders = parts.orders?.ask ?? askOf(sql);
  const protections = parts.protections ?? allProtections;
  const leases = new Leases({
    store: postgresLeaseStore(sql),
    slot,
    owner: parts.owner ?? randomUUID(),
    monotonicMs: parts.monotonicMs ?? monotonicMs,
    deadline: protections("local-deadline"),
    ...(only === undefined ? {} : { only }),
    ...(leaseMs === undefined ? {} : { ttlMs: leaseMs }),
  });
  return new Hub({
    clock: systemClock,
    timers: systemTimers,
    wall: systemTimers,
    monotonicMs,
    activity: new Activity(),
    failpoints: noFailpoints,
    ...parts,
    protections,
    leases,
    stores: {
      hub: postgresHubStore(sql),
      master: postgresMasterStore(sql, orders),
      follower: postgresFollowerStore(orders),
      lane: postgresLaneStore(askOf(sql)),
      reconcile: postgresReconcileStore(sql),
      desk: postgresDeskStore(sql),
      reapply: postgresReapplyStore(sql),
      outbox: postgresOutboxStore(sql),
      calendar: postgresCalendarStore(sql),
      guards: postgresGuardStore(sql),
      kills: postgresKillStore(sql),
      symbols: postgresSymbolMappingStore(sql),
    },
  });
}

/**
 * Where the demo's past goes: the rows that live deals, figures and payments go to. Payments through
 * the hub, where it serves the account, so that what it measures by them stays right.
 */
export function demoRecords(sql: Sql, hub: Pick<Hub, "accounts" | "cash">): HistoryRecords {
  const { recordDeals, recordEquity, recordCash } = postgresReconcileStore(sql);
  return {
    recordDeals,
    recordEquity,
    async recordCash(tenantId, list) {
      const others = list.filter(({ account, movement }) => {
        const served = hub.accounts.get(account.accountId);
        if (served !== undefined) hub.cash.hear(served, movement);
        return served === undefined;
      });
      if (others.length > 0) await recordCash(tenantId, others);
    },
  };
}
