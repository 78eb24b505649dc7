/**
 * Symbols as people map them from one broker to another: what is suggested and why, and what
 * somebody confirmed, withdrew or rejected. A running hub hears of it within seconds.
 * Invariants: nothing is mapped that nobody confirmed; what holds for everybody who copies between
 * two brokers is changed by those alone who may see all accounts.
 */
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, ONE } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";
import type { Principal } from "../identity/principal.ts";
import type { Sql } from "../platform/postgres.ts";
import type { SymbolFacts } from "./facts.ts";
import {
  type BrokerPair,
  postgresSymbolMappingStore,
  type SymbolMappingStore,
  suggestionKey,
} from "./store.ts";
import { type Suggestion, suggestSymbols } from "./suggest.ts";

/** The newest quote that this process has heard; undefined where it hears none. */
export type QuoteOf = (brokerId: string, symbol: string) => Quote | undefined;

export type SymbolServiceDeps = {
  readonly sql: Sql;
  readonly now: () => Instant;
  readonly quote: QuoteOf;
};

export type Confirming = {
  readonly symbol: string;
  readonly to: string;
  /** The follower's price as a multiple of the master's; 1 where it is not said. */
  readonly priceFactor?: Fixed;
  readonly reason: string;
};

/** Quotes that are further apart in time than this say nothing of each other. */
const TOGETHER_MS = 10_000;

export class SymbolService {
  readonly #deps: SymbolServiceDeps;
  readonly #store: SymbolMappingStore;

  constructor(deps: SymbolServiceDeps) {
    this.#deps = deps;
    this.#store = postgresSymbolMappingStore(deps.sql);
  }

  /** Of the master's symbols that are wanted and not mapped yet; `wanted` null: of all. */
  async suggest(
    tenantId: string,
    brokers: BrokerPair,
    wanted: ReadonlySet<string> | null,
  ): Promise<readonly Suggestion[]> {
    const { masterBrokerId, followerBrokerId } = brokers;
    const theirs = await this.#store.offered(tenantId, masterBrokerId);
    const ours = await this.#store.offered(tenantId, followerBrokerId);
    const mapped = await this.#store.load(tenantId, brokers);
    const rejected = await this.#store.rejected(tenantId, brokers);
    const isAsked = (name: string): boolean =>
      !mapped.has(name) && (wanted === null || wanted.has(name));
    const master = theirs.map((spec) => this.#facts(masterBrokerId, spec));
    const follower = ours.map((spec) => this.#facts(followerBrokerId, spec));
    return suggestSymbols(master, follower).filter(
      ({ from, to }) => isAsked(from) && !rejected.has(suggestionKey(from, to)),
    );
  }

  /** BAD_INPUT, UNKNOWN_SYMBOL for what the follower's broker does not offer, FORBIDDEN. */
  async confirm(by: Principal, brokers: BrokerPair, confirming: Confirming): Promise<void> {
    refuseSome(by);
    const { symbol, to, priceFactor = ONE, reason } = confirming;
    const told = { by: by.actor.name, address: by.address, reason, at: this.#deps.now() };
    await this.#store.confirm(by.tenantId, brokers, { symbol, to, priceFactor, ...told });
  }

  /** NOT_FOUND where nothing was confirmed for it. */
  async withdraw(
    by: Principal,
    brokers: BrokerPair,
    { symbol, reason }: Pick<Confirming, "symbol" | "reason">,
  ): Promise<void> {
    refuseSome(by);
    const mapped = await this.#store.load(by.tenantId, brokers);
    if (!mapped.has(symbol)) throw new LockstepError("NOT_FOUND", { what: "symbol mapping" });
    const told = { by: by.actor.name, address: by.address, reason, at: this.#deps.now() };
    const nothing = { symbol, to: null, priceFactor: ONE };
    await this.#store.confirm(by.tenantId, brokers, { ...nothing, ...told });
  }

  /** It is not suggested any more; what was confirmed stays so. */
  async reject(
    by: Principal,
    brokers: BrokerPair,
    { symbol, to, reason }: Omit<Confirming, "priceFactor">,
  ): Promise<void> {
    refuseSome(by);
    const told = { by: by.actor.name, address: by.address, reason, at: this.#deps.now() };
    await this.#store.reject(by.tenantId, brokers, { symbol, to, ...told });
  }

  #facts(brokerId: string, spec: SymbolSpec): SymbolFacts {
    const quote = this.#deps.quote(brokerId, spec.name);
    const isNow = quote !== undefined && Math.abs(this.#deps.now() - quote.at) <= TOGETHER_MS;
    return { ...spec, mid: isNow ? (quote.bid + quote.ask) / 2n : null };
  }
}

function refuseSome({ accounts }: Principal): void {
  if (accounts === "all") return;
  throw new LockstepError("FORBIDDEN", { why: "it holds for accounts of others too" });
}
