/** The guards' store in memory, for simulations and unit tests; it refuses what Postgres refuses. */
import { LockstepError } from "../domain/errors.ts";
import type { LimitEvent } from "../risk/limit-event.ts";
import type { GuardStore, StoredGuard } from "../risk/store.ts";

export function memoryGuardStore(): GuardStore {
  const guards = new Map<string, StoredGuard>();
  const events = new Map<string, LimitEvent[]>();
  const keyOf = (tenantId: string, guardId: string): string => `${tenantId} ${guardId}`;
  return {
    async load(tenantId, scopeIds) {
      return [...guards]
        .filter(([key, { scope }]) => key.startsWith(tenantId) && scopeIds.includes(scope.id))
        .map(([, guard]) => guard);
    },
    async save(tenantId, changes) {
      const saved = changes.filter(({ guard }) => {
        const known = guards.get(keyOf(tenantId, guard.guardId));
        return known === undefined || known.version === guard.version - 1;
      }).length;
      if (saved !== changes.length) {
        throw new LockstepError("FENCE_STALE", { guards: changes.length, saved });
      }
      for (const { guard, events: added } of changes) {
        const key = keyOf(tenantId, guard.guardId);
        guards.set(key, { ...guard, state: JSON.parse(guard.state) });
        events.set(key, [...(events.get(key) ?? []), ...added]);
      }
    },
    async events(tenantId, guardId) {
      return events.get(keyOf(tenantId, guardId)) ?? [];
    },
  };
}
