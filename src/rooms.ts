/** The rooms of the portal over a running hub: their sources, their streams and their pages. */
import type { AppDeps } from "./app.ts";
import { LockstepError } from "./domain/errors.ts";
import { allows } from "./identity/permissions.ts";
import { mayReach } from "./identity/principal.ts";
import { GridView } from "./live/grid.ts";
import type { LiveView } from "./live/service.ts";
import type { Clock, Timers } from "./platform/clock.ts";
import type { Sql } from "./platform/postgres.ts";
import { addFollow } from "./portal/follow/page.ts";
import { addControlRoom } from "./portal/grid/page.ts";
import { GridStream } from "./portal/grid/stream.ts";
import type { Log } from "./portal/log.ts";
import { addAccounts } from "./portal/rooms/account.ts";
import { addKill } from "./portal/rooms/kill.ts";
import { addModes } from "./portal/rooms/modes.ts";
import { addReconciliation } from "./portal/rooms/reconciliation.ts";
import { addStrategies } from "./portal/rooms/strategy.ts";
import { addSubscriptions } from "./portal/rooms/subscription.ts";
import type { Finder } from "./portal/search.ts";
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
};

export type Rooms = Required<Pick<AppDeps, "pages" | "finders">> & { close(): void };

export function openRooms(parts: RoomsParts): Rooms {
  const { live, timers, log } = parts;
  const fault = (error: unknown, doing: string): void => log(`fault while ${doing}`, { error });
  const source = new GridView({ ...parts, fault });
  const stream = new GridStream({ source, timers, log });
  const sql = (): Sql => {
    const there = parts.sql();
    if (there === null) throw new LockstepError("DATABASE_DOWN", { reason: "not started yet" });
    return there;
  };
  return {
    pages: [
      (portal) => addControlRoom(portal, { source, stream, sql }),
      (portal) => addAccounts(portal, { sql, live }),
      (portal) => addSubscriptions(portal, sql),
      (portal) => addModes(portal, sql),
      (portal) => addStrategies(portal, sql),
      (portal) => addFollow(portal, { sql, account: (id) => live.account(id) }),
      (portal) => addReconciliation(portal, sql),
      (portal) => addKill(portal, sql),
    ],
    finders: [accountsBy(live), strategiesBy(sql)],
    close: () => stream.close(),
  };
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
