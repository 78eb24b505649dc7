/** The stages' stores over the ledger in memory; each method is one call, as it is one of Postgres. */
import { storedRecent } from "../../follower/recents.ts";
import type { FollowerStore } from "../../follower/store.ts";
import type { HubDeps } from "../../hub/ports.ts";
import type { HubStore } from "../../hub/store.ts";
import { bookPositionOf, EMPTY_BOOK } from "../../master/book.ts";
import type { MasterStore } from "../../master/store.ts";
import type { LeaseStore } from "../../platform/leases.ts";
import type { ReconcileStore } from "../../reconcile/store.ts";
import type { KillStore } from "../../risk/kill/store.ts";
import { memoryGuardStore } from "../memory-guards.ts";
import type { MemoryLedger } from "./ledger.ts";
import { loadOf } from "./ledger-load.ts";

const SIGNALS_AT_ONCE = 1_000;

/** All that a hub stands on; what the simulation has no use for is empty. */
export function memoryStores(ledger: MemoryLedger): HubDeps["stores"] {
  return {
    hub: hubStore(ledger),
    master: masterStore(ledger),
    follower: followerStore(ledger),
    lane: {
      settle: async (_, outcomes, copied) => ledger.writeOutcomes(outcomes, copied),
      insert: async (instructions) => ledger.writeInstructions(instructions),
    },
    reconcile: reconcileStore(ledger),
    outbox: {
      pending: async (_, limit) => ledger.outbox.slice(0, limit),
      async clear(_, ids) {
        ledger.outbox = ledger.outbox.filter(({ id }) => !ids.includes(id));
      },
    },
    kills: killStore(ledger),
    guards: memoryGuardStore(),
    desk: {
      policies: async () => new Map(),
      requests: async () => [],
      answer: async () => {},
      value: async (_, list) => new Set(list.map(({ divergenceId }) => divergenceId)),
      ignore: async () => {},
      tries: async () => new Map(),
      placeOfKey: async () => null,
    },
    reapply: { requests: async () => [], answer: async () => {} },
    calendar: {
      import: async () => ({ number: 1, isNew: false }),
      load: async () => [],
      version: async () => null,
    },
    symbols: {
      confirm: async () => {},
      load: async () => new Map(),
      loadAll: async () => [],
      count: async () => 0,
      offer: async () => {},
      offered: async () => [],
      reject: async () => {},
      rejected: async () => new Set(),
    },
  };
}

function hubStore(ledger: MemoryLedger): HubStore {
  return {
    tenants: async () => [ledger.enrolled.tenantId],
    load: async (_, partitions) => loadOf(ledger, partitions),
    signalsAfter: async (_, masterId, after) =>
      ledger.signals
        .filter((one) => one.masterId === masterId && one.sequence > after)
        .slice(0, SIGNALS_AT_ONCE),
    async decidedThrough(_, marks) {
      for (const { subscriptionId, sequence, recent } of marks) {
        if ((ledger.decidedThrough.get(subscriptionId) ?? 0) > sequence) continue;
        ledger.decidedThrough.set(subscriptionId, sequence);
        if (recent !== null) ledger.remembered.set(subscriptionId, storedRecent(recent));
      }
    },
    reenabled: async () => new Map(),
    changesAfter: async () => [],
    stopped: async () => {},
  };
}

function masterStore(ledger: MemoryLedger): MasterStore {
  return {
    commit: async (signals, fence) => ledger.writeSignals(signals, fence),
    async commitWith(signal, fence, decisions) {
      ledger.writeSignals([signal], fence);
      try {
        ledger.writeDecisions(signal, ledger.alongside.get(decisions) ?? []);
        return true;
      } catch {
        return false;
      }
    },
    async loadBook({ accountId }) {
      const own = ledger.signals.filter(({ masterId }) => masterId === accountId);
      const newest = new Map(own.map((signal) => [signal.position, signal]));
      const standing = [...newest].filter(([, { after }]) => after > 0n);
      return {
        ...EMPTY_BOOK,
        sequence: own.at(-1)?.sequence ?? 0,
        positions: new Map(standing.map(([name, signal]) => [name, bookPositionOf(signal)])),
      };
    },
    async known({ accountId }, limit) {
      const own = ledger.signals.filter(({ masterId }) => masterId === accountId).slice(-limit);
      const oldest = own.length < limit ? undefined : own[0];
      return {
        keys: new Set(own.map(({ sourceKey }) => sourceKey)),
        since: oldest === undefined ? null : oldest.at + 1,
      };
    },
  };
}

function followerStore(ledger: MemoryLedger): FollowerStore {
  return {
    writeDecisions: async (signal, rows) => ledger.writeDecisions(signal, rows),
    alongside(_, rows) {
      const write = { fences: rows, args: [] };
      ledger.alongside.set(write, rows);
      return write;
    },
  };
}

function reconcileStore(ledger: MemoryLedger): ReconcileStore {
  return {
    async recordDeals(_, deals) {
      for (const one of deals) {
        const name = `${one.account.accountId} ${one.deal.id}`;
        if (!ledger.deals.has(name)) ledger.deals.set(name, one);
      }
    },
    recordPositions: async () => {},
    recordEquity: async () => {},
    recordCash: async () => {},
    async openDivergences(_, list) {
      for (const one of list) {
        if (!ledger.divergences.has(one.id)) {
          ledger.divergences.set(one.id, { ...one, closed: null });
        }
      }
      const standing = list.filter(({ id }) => ledger.divergences.get(id)?.closed === null);
      return new Set(standing.map(({ id }) => id));
    },
    async closeDivergences(_, ids, { at, resolution }) {
      for (const id of ids) {
        const known = ledger.divergences.get(id);
        if (known?.closed !== null) continue;
        ledger.divergences.set(id, { ...known, closed: { at, resolution } });
      }
    },
    async recordIncident(incident) {
      ledger.incidents.set(incident.id, incident);
    },
  };
}

function killStore(ledger: MemoryLedger): KillStore {
  return {
    newest: async () => Math.max(0, ...ledger.kills.map(({ killId }) => killId)),
    engaged: async () => [...ledger.kills],
    async acknowledge(_, lanes) {
      for (const { killId, accountId, partition, fence } of lanes) {
        const lease = ledger.leases[partition];
        const name = `${killId} ${accountId}`;
        if (lease?.fence !== fence || lease.expiresAt <= ledger.now()) continue;
        if (!ledger.acknowledged.has(name)) ledger.acknowledged.set(name, ledger.now());
      }
    },
  };
}

export function memoryLeases(ledger: MemoryLedger): LeaseStore {
  return {
    async announce({ owner, slot, ttlMs }) {
      const now = ledger.now();
      for (const [other, { expiresAt }] of ledger.processes) {
        if (expiresAt < now && other !== owner) ledger.processes.delete(other);
      }
      ledger.processes.set(owner, { slot, expiresAt: now + ttlMs });
      const others = [...ledger.processes].filter(([other]) => other !== owner);
      return { others: others.map(([, { slot: other }]) => other), at: new Date(now) };
    },
    async renew({ owner, ttlMs }, partitions, settled) {
      return partitions.filter((partition) => {
        const lease = ledger.leases[partition];
        if (lease?.owner !== owner) return false;
        lease.expiresAt = ledger.now() + ttlMs;
        lease.settledAt = settled.get(partition)?.getTime() ?? lease.settledAt;
        return true;
      });
    },
    async take({ owner, slot, ttlMs }, most) {
      const free = ledger.leases.flatMap((lease, partition) =>
        lease.expiresAt < ledger.now() ? [{ lease, partition }] : [],
      );
      return free.slice(0, most).map(({ lease, partition }) => {
        const expiresAt = ledger.now() + ttlMs;
        Object.assign(lease, { owner, slot, expiresAt, fence: lease.fence + 1 });
        ledger.fenceHistory.push({ partition, fence: lease.fence });
        return { partition, fence: lease.fence };
      });
    },
    async release({ owner }, partitions) {
      for (const partition of partitions) {
        const lease = ledger.leases[partition];
        if (lease?.owner !== owner) continue;
        Object.assign(lease, { owner: null, slot: null, expiresAt: ledger.now() });
      }
    },
    async leave({ owner }) {
      ledger.processes.delete(owner);
    },
  };
}
