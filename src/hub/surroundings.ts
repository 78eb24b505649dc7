/**
 * What a hub knows beyond the accounts it owns: the brokers and equity peaks of the masters that are
 * copied here, and each tenant's economic calendar and confirmed symbols. Masters may be another process's, so this is read
 * from the ledger and from the signals themselves.
 * Invariants: a master's peak only rises; it is the highest equity without credit of its equity
 * points, of the figures of its signals, and, where the master is owned here, of what its broker
 * tells. Deposits and withdrawals are not taken out of it yet.
 */
import { type NewsIndex, newsIndex } from "../calendar/news-index.ts";
import type { CalendarStore } from "../calendar/store.ts";
import type { StampedFigures } from "../domain/account.ts";
import { type Fixed, maxFixed, ONE } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { MappedSymbol } from "../follower/rules/symbol-map.ts";
import type { Surroundings } from "../follower/surroundings.ts";
import type { BrokerMarket } from "../gateway/market.ts";
import type { Signal } from "../master/signal.ts";
import type { SymbolMappingStore } from "../symbols/store.ts";
import type { MasterRow } from "./store.ts";

/** A release may keep from opening for a day after it at most. */
const KEPT_MS = 86_400_000;

type Mappings = {
  readonly count: number;
  /** By both brokers and the master's name. */
  readonly bySymbol: ReadonlyMap<string, MappedSymbol>;
};

export type SurroundingsDeps = {
  readonly mappings: SymbolMappingStore;
  readonly calendars: CalendarStore;
  market(brokerId: string): BrokerMarket;
};

export class HubSurroundings implements Surroundings {
  readonly #deps: SurroundingsDeps;
  readonly #masters = new Map<string, { readonly brokerId: string; peak: Fixed }>();
  readonly #calendars = new Map<string, { readonly version: string; readonly index: NewsIndex }>();

  readonly #mappings = new Map<string, Mappings>();

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

  mapped({ tenantId, masterId, symbol }: Signal, brokerId: string): MappedSymbol | undefined {
    const known = this.#mappings.get(tenantId);
    if (known === undefined || known.count === 0) return undefined;
    const theirs = this.#masters.get(masterId)?.brokerId ?? "";
    return known.bySymbol.get(placeOf(theirs, brokerId, symbol));
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

  /** Reads the tenant's calendar and mappings where they are not those that are in force. */
  async read(tenantId: string, now: Instant): Promise<void> {
    await this.#readCalendar(tenantId, now);
    await this.#readMappings(tenantId);
  }

  async #readCalendar(tenantId: string, now: Instant): Promise<void> {
    const { calendars } = this.#deps;
    const version = await calendars.version(tenantId);
    if (version === null || version === this.#calendars.get(tenantId)?.version) return;
    const index = newsIndex(await calendars.load(tenantId, now - KEPT_MS));
    this.#calendars.set(tenantId, { version, index });
  }

  async #readMappings(tenantId: string): Promise<void> {
    const { mappings } = this.#deps;
    const count = await mappings.count(tenantId);
    if (count === (this.#mappings.get(tenantId)?.count ?? 0)) return;
    const bySymbol = new Map<string, MappedSymbol>();
    for (const one of await mappings.loadAll(tenantId)) {
      const { masterBrokerId, followerBrokerId, symbol, to: name, priceFactor } = one;
      const factor = priceFactor === ONE ? null : priceFactor;
      const place = placeOf(masterBrokerId, followerBrokerId, symbol);
      bySymbol.set(place, { name, priceFactor: factor });
    }
    this.#mappings.set(tenantId, { count, bySymbol });
  }

  #raise(masterId: string, equity: Fixed): Fixed | null {
    const master = this.#masters.get(masterId);
    if (master === undefined) return null;
    master.peak = maxFixed(master.peak, equity);
    return master.peak;
  }
}

const placeOf = (masterBrokerId: string, followerBrokerId: string, symbol: string): string =>
  `${masterBrokerId} ${followerBrokerId} ${symbol}`;
