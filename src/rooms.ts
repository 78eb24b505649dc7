/** The rooms of the portal over a running hub: their sources, their streams and their pages. */
import type { AppDeps } from "./app.ts";
import { LockstepError } from "./domain/errors.ts";
import { allows } from "./identity/permissions.ts";
import { mayReach } from "./identity/principal.ts";
import { GridView } from "./live/grid.ts";
import type { LiveView } from "./live/service.ts";
import type { Clock, Timers } from "./platform/clock.ts";
import type { Sql } from "./platform/postgres.ts";
import { addConnect, type ConnectDeps } from "./portal/connect/page.ts";
import { addFollow } from "./portal/follow/page.ts";
import { addControlRoom } from "./portal/grid/page.ts";
import { GridStream } from "./portal/grid/stream.ts";
import { addJobs, type JobsDeps } from "./portal/jobs/page.ts";
import { addLayers } from "./portal/layers/page.ts";
import type { Log } from "./portal/log.ts";
import { addNotices } from "./portal/notices/page.ts";
import { addAccounts } from "./portal/rooms/account.ts";
import { addKill } from "./portal/rooms/kill.ts";
import { addModes } from "./portal/rooms/modes.ts";
import { addReconciliation } from "./portal/rooms/reconciliation.ts";
import { addStrategies } from "./portal/rooms/strategy.ts";
import { addSubscriptions } from "./portal/rooms/subscription.ts";
import type { Finder } from "./portal/search.ts";
import { addPublishing } from "./portal/strategies/publish.ts";
import { addWebhooks, type WebhooksDeps } from "./portal/webhooks/page.ts";
import { CopyRecords } from "./records/copies.ts";

const SEARCHED_MAX = 200;

export type RoomsParts = {
  readonly live: LiveView;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Null until the database is there. */
  readonly sql: () => Sql | null;
  /** How accounts are connected; absent: they are not. */
  readonly connect?: Omit<ConnectDeps, "sql" | "account">;
  /** What keeps webhooks; absent: none are kept. */
  readonly webhooks?: () => ReturnType<WebhooksDeps["keeping"]> | null;
  /** What the jobs board looks at; absent: the ledger alone. */
  readonly jobs?: Omit<JobsDeps, "sql">;
};

export type Rooms = Required<Pick<AppDeps, "pages" | "finders">> & { close(): void };

export function openRooms(parts: RoomsParts): Rooms {
  const { live, timers, log } = parts;
  const fault = (error: unknown, doing: string): void => log(`fault while ${doing}`, { error });
  const source = new GridView({ ...parts, fault });
  const stream = new GridStream({ source, timers, log });
  const sql = (): Sql => there(parts.sql());
  return {
    pages: [
      (portal) => addControlRoom(portal, { source, stream, sql }),
      (portal) => addAccounts(portal, { sql, live }),
      (portal) => addSubscriptions(portal, sql),
      (portal) => addModes(portal, sql),
      (portal) => addStrategies(portal, sql),
      (portal) => addPublishing(portal, sql),
      (portal) => {
        const { connect } = parts;
        if (connect === undefined) return;
        addConnect(portal, { ...connect, sql, account: (id) => live.account(id) });
      },
      (portal) => addFollow(portal, { sql, account: (id) => live.account(id) }),
      (portal) => addReconciliation(portal, sql),
      (portal) => addLayers(portal, sql),
      (portal) => addKill(portal, sql),
      (portal) => addNotices(portal, { sql, live }),
      (portal) => addWebhooks(portal, { sql, keeping: () => there(parts.webhooks?.() ?? null) }),
      (portal) => addJobs(portal, { ...(parts.jobs ?? NO_JOBS), sql }),
    ],
    finders: [accountsBy(live), strategiesBy(sql)],
    close: () => stream.close(),
  };
}

const NO_JOBS: Omit<JobsDeps, "sql"> = { bells: () => null, checks: async () => [] };

function there<T>(part: T | null): T {
  if (part === null) throw new LockstepError("DATABASE_DOWN", { reason: "not started yet" });
  return part;
}

/** Accounts whose name holds what is wanted. */
function accountsBy(live: LiveView): Finder {
  return async (principal, wanted) => {
    const { masters, followers } = live.state();
    return [...new Map([...followers, ...masters].map((one) => [one.id, one])).values()]
      .filter(({ id, name }) => name.toLowerCase().includes(wanted) && mayReach(principal, id))
      .map(({ id, name }) => ({ href: `/accounts/${id}`, label: name, kind: "account" }));
  };
}

/** Published strategies whose name holds what is wanted. */
function strategiesBy(sql: () => Sql): Finder {
  return async (principal, wanted) => {
    if (!allows(principal, "strategies:read")) return [];
    const page = { limit: SEARCHED_MAX, after: null };
    const { rows } = await new CopyRecords(sql()).strategies(principal, page);
    return rows
      .map((row) => ({ id: String(row["id"]), name: String(row["name"]) }))
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .map(({ id, name }) => ({ href: `/strategies/${id}`, label: name, kind: "strategy" }));
  };
}
