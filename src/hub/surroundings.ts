/**
 * What a hub knows beyond the accounts it owns: the brokers and equity peaks of the masters that are
 * copied here, and each tenant's economic calendar. Masters may be another process's, so this is read
 * from the ledger and from the signals themselves.
 * Invariants: a master's peak only rises; it is the highest equity without credit of its equity
 * points, of the figures of its signals, and, where the master is owned here, of what its broker
 * tells. Deposits and withdrawals are not taken out: brokers do not tell them apart yet.
 */
import { type NewsIndex, newsIndex } from "../calendar/news-index.ts";
import type { CalendarStore } from "../calendar/store.ts";
import type { StampedFigures } from "../domain/account.ts";
import { type Fixed, maxFixed, ONE } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Surroundings } from "../follower/surroundings.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { Signal } from "../master/signal.ts";
import type { MasterRow } from "./store.ts";

/** A release may keep from opening for a day after it at most. */
const KEPT_MS = 86_400_000;

export type SurroundingsDeps = {
  readonly calendars: CalendarStore;
  market(brokerId: string): BrokerMarket;
};

export class HubSurroundings implements Surroundings {
  readonly #deps: SurroundingsDeps;
  readonly #masters = new Map<string, { readonly brokerId: string; peak: Fixed }>();
  readonly #calendars = new Map<string, { readonly version: string; readonly index: NewsIndex }>();

  constructor(deps: SurroundingsDeps) {
    this.#deps = deps;
  }

  masterMarket(masterId: string): BrokerMarket | undefined {
    const master = this.#masters.get(masterId);
    return master === undefined ? undefined : this.#deps.market(master.brokerId);
  }

  masterDrawdown({ masterId, figures }: Signal): Fixed | null {
    const peak = this.#raise(masterId, figures.equity);
    return peak === null || peak <= 0n ? null : ((peak - figures.equity) * ONE) / peak;
  }

  calendar(tenantId: string): NewsIndex | undefined {
    return this.#calendars.get(tenantId)?.index;
  }

  /** Masters as the ledger knows them. */
  enter(masters: readonly MasterRow[]): void {
    for (const { masterId, brokerId, peak } of masters) {
      const known = this.#masters.get(masterId)?.peak ?? peak;
      this.#masters.set(masterId, { brokerId, peak: maxFixed(known, peak) });
    }
  }

  /** What its broker tells of a master. */
  hear(masterId: string, { equity, credit }: StampedFigures): void {
    this.#raise(masterId, equity - credit);
  }

  /** Reads the tenant's calendar where it is not the one that is in force. */
  async readCalendar(tenantId: string, now: Instant): Promise<void> {
    const { calendars } = this.#deps;
    const version = await calendars.version(tenantId);
    if (version === null || version === this.#calendars.get(tenantId)?.version) return;
    const index = newsIndex(await calendars.load(tenantId, now - KEPT_MS));
    this.#calendars.set(tenantId, { version, index });
  }

  #raise(masterId: string, equity: Fixed): Fixed | null {
    const master = this.#masters.get(masterId);
    if (master === undefined) return null;
    master.peak = maxFixed(master.peak, equity);
    return master.peak;
  }
}
