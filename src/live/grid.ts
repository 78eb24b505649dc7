/**
 * Accounts for the control room: live figures from memory, the day from the ledger.
 * Invariants: one reading of the ledger at a time, and none within five seconds of the last; the
 * rows of one look are made once for everybody who looks in the same currency.
 */
import { divideHalfEven, type Fixed, fixedToNumber } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { mayReach, type Principal } from "../identity/principal.ts";
import type { Clock } from "../platform/clock.ts";
import type { Sql } from "../platform/postgres.ts";
import type { AccountFacts, GridSource } from "../portal/grid/facts.ts";
import type { LiveFollower, LiveMaster, LiveState } from "../portal/live.ts";
import { type DayFacts, readDay } from "./day.ts";
import type { LiveView } from "./service.ts";

export type GridOptions = {
  readonly live: LiveView;
  readonly clock: Clock;
  readonly tenantId: string;
  /** Null until the database is there. */
  readonly sql: () => Sql | null;
  fault(error: unknown, doing: string): void;
};

const READ_EVERY_MS = 5_000;

const NOTHING: DayFacts = {
  ...{ login: "", strategies: [], tags: [], investors: [], startEquity: null, peakEquity: null },
  ...{ deals: 0, lagMs: null, divergences: 0 },
};

export class GridView implements GridSource {
  readonly #options: GridOptions;
  #day: ReadonlyMap<string, DayFacts> = new Map();
  #readAt: Instant | null = null;
  #reading: Promise<void> | null = null;
  #made: {
    readonly state: LiveState;
    readonly day: unknown;
    readonly rows: Map<string, readonly AccountFacts[]>;
  } | null = null;

  constructor(options: GridOptions) {
    this.#options = options;
  }

  now(): Instant {
    return this.#options.clock.now();
  }

  /** What cannot be read stays as it was, and is logged. */
  refresh(): Promise<void> {
    const sql = this.#options.sql();
    const isFresh = this.#readAt !== null && this.now() - this.#readAt < READ_EVERY_MS;
    if (sql === null || isFresh) return this.#reading ?? Promise.resolve();
    this.#reading ??= readDay(sql, this.#options.tenantId, this.now())
      .then((day) => {
        this.#day = day;
        this.#readAt = this.now();
      })
      .catch((error: unknown) => this.#options.fault(error, "reading the day's figures"))
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }

  /** Read anew at the next look: something was changed that it shows. */
  forget(): void {
    this.#readAt = null;
  }

  accounts(principal: Principal, currency: string): readonly AccountFacts[] {
    if (principal.tenantId !== this.#options.tenantId) return [];
    const rows = this.#rows(currency);
    return principal.accounts === "all" ? rows : rows.filter(({ id }) => mayReach(principal, id));
  }

  #rows(currency: string): readonly AccountFacts[] {
    const state = this.#options.live.state();
    if (this.#made?.state !== state || this.#made.day !== this.#day) {
      this.#made = { state, day: this.#day, rows: new Map() };
    }
    const known = this.#made.rows.get(currency);
    if (known !== undefined) return known;
    const followers = new Set(state.followers.map(({ id }) => id));
    const rows = [
      ...state.followers.map((one) => this.#row(one, "follower", currency)),
      ...state.masters
        .filter(({ id }) => !followers.has(id))
        .map((one) => this.#row(one, "master", currency)),
    ];
    this.#made.rows.set(currency, rows);
    return rows;
  }

  #row(account: LiveFollower | LiveMaster, role: AccountFacts["role"], to: string): AccountFacts {
    const day = this.#day.get(account.id) ?? NOTHING;
    const { figures } = account;
    const dayChange =
      figures === null || day.startEquity === null ? null : figures.equity - day.startEquity;
    return {
      id: account.id,
      name: account.name,
      login: day.login,
      broker: account.broker,
      currency: account.currency,
      role,
      strategies: day.strategies,
      tags: day.tags,
      investors: day.investors,
      link: account.link,
      asOf: account.asOf,
      figures,
      positions: account.positions.length,
      dayChange,
      dayDeals: day.deals,
      drawdown: drawdownOf(figures?.equity ?? null, day.peakEquity),
      lagMs: day.lagMs,
      divergences: day.divergences,
      spark: "equitySpark" in account ? account.equitySpark : [],
      reported: this.#reported(account, dayChange, to),
    };
  }

  #reported(
    { id, figures }: LiveFollower | LiveMaster,
    dayChange: Fixed | null,
    to: string,
  ): AccountFacts["reported"] {
    const rate = this.#options.live.rate(id, to);
    if (figures === null || rate === null) return null;
    const convert = (amount: Fixed): Fixed => divideHalfEven(amount * rate.n, rate.d);
    return {
      equity: convert(figures.equity),
      openProfit: convert(figures.openProfit),
      dayChange: dayChange === null ? null : convert(dayChange),
    };
  }
}

function drawdownOf(equity: Fixed | null, peak: Fixed | null): number | null {
  if (equity === null || peak === null || peak <= 0n) return null;
  return Math.max(0, 1 - fixedToNumber(equity) / fixedToNumber(peak));
}
