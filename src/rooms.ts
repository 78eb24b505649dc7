/** The rooms of the portal over a running hub: their sources, their streams and their pages. */
import type { AppDeps } from "./app.ts";
import { LockstepError } from "./domain/errors.ts";
import { mayReach } from "./identity/principal.ts";
import { GridView } from "./live/grid.ts";
import type { LiveView } from "./live/service.ts";
import type { Clock, Timers } from "./platform/clock.ts";
import type { Sql } from "./platform/postgres.ts";
import { addConnect, type ConnectDeps } from "./portal/connect/page.ts";
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
import { addPublishing } from "./portal/strategies/publish.ts";

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
      (portal) => addPublishing(portal, sql),
      (portal) => {
        const { connect } = parts;
        if (connect === undefined) return;
        addConnect(portal, { ...connect, sql, account: (id) => live.account(id) });
      },
      (portal) => addFollow(portal, { sql, account: (id) => live.account(id) }),
      (portal) => addReconciliation(portal, sql),
      (portal) => addKill(portal, sql),
    ],
    finders: [accountsBy(live)],
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
