/**
 * One account's look at its broker: symbol facts, snapshot, the events that came after it, and the
 * deals that the ledger may lack.
 * Invariants: one look at an account at a time, and one more where something asked meanwhile; a
 * snapshot that memory has outrun concludes nothing.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { AccountState } from "../follower/state.ts";
import type { Seen } from "../reconcile/service.ts";
import type { Feed } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { hearNets } from "./memory.ts";

/** Deals this much older than the last look are read again: a broker's history may lag. */
const HISTORY_LAG_MS = 60_000;
/** A broker may change its hours, limits and stop levels while the hub runs. */
const SPECS_MS = 3_600_000;
/** Looks in a row for one that no event has overtaken; then the next event or timer asks again. */
const ROUNDS_MAX = 10;

export class Viewer {
  readonly #hub: Hub;
  /** When a broker's symbol facts were read, on a clock that never jumps. */
  readonly #specsReadAt = new Map<string, number>();
  readonly #looking = new Map<AccountState, Promise<void>>();
  readonly #again = new Set<AccountState>();
  readonly #recordedThrough = new WeakMap<AccountState, number>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Up to here the account's deals are in the ledger, or on their way there. */
  recorded(account: AccountState, through: number): void {
    this.#recordedThrough.set(account, through);
  }

  /** GATEWAY_DOWN where the broker cannot be reached. */
  view(account: AccountState): Promise<void> {
    const running = this.#looking.get(account);
    if (running !== undefined) {
      this.#again.add(account);
      return running;
    }
    const looking = this.#lookUntilWhole(account).finally(() => {
      this.#looking.delete(account);
      this.#again.delete(account);
    });
    this.#looking.set(account, looking);
    return looking;
  }

  async #lookUntilWhole(account: AccountState): Promise<void> {
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
      this.#again.delete(account);
      const isConcluded = await this.#look(account);
      if (!this.#isServed(account)) return;
      // Before it is armed something has to be known of it; later the timer looks again.
      const waits = account.ready || !this.#hub.deps.protections("looks-until-concluded");
      if (this.#again.has(account) || this.#feed(account)?.standing === false) continue;
      if (isConcluded || waits) break;
    }
    account.ready = account.online;
  }

  /** Whether it was concluded what the account holds. */
  async #look(account: AccountState): Promise<boolean> {
    const gateway = this.#hub.gatewayOf(account);
    const { brokerId } = account.account;
    const now = this.#hub.deps.monotonicMs();
    if (now - (this.#specsReadAt.get(brokerId) ?? Number.NEGATIVE_INFINITY) >= SPECS_MS) {
      const specs = await gateway.symbols(account.account);
      account.market.setSpecs(specs);
      this.#specsReadAt.set(brokerId, now);
      this.#offered(account, specs);
    }
    const copied = this.#hub.reconciler.copiedOf(account);
    const snapshot = await gateway.snapshot(account.account);
    if (!this.#isServed(account)) return false;
    account.figures = snapshot.figures;
    this.#hub.cash.rebase(account, snapshot.figures.balance);
    account.online = true;
    const { allowed, pendingOrders } = gateway.capabilities(account.account);
    if (allowed !== undefined) account.facts = { ...account.facts, ...allowed };
    if (pendingOrders !== undefined) account.facts = { ...account.facts, pendingOrders };
    if (await this.#hub.mirrors.check(account, snapshot)) this.#again.add(account);
    return await this.#compare(account, { snapshot, copied });
  }

  /** For people, who map symbols by what brokers offer; trading waits for it not. */
  #offered({ account }: AccountState, specs: readonly SymbolSpec[]): void {
    const { activity, clock, stores } = this.#hub.deps;
    const { tenantId, brokerId } = account;
    void activity
      .during(() => stores.symbols.offer(tenantId, brokerId, { specs, at: clock.now() }))
      .catch((error: unknown) => {
        // The next look tries again.
        this.#specsReadAt.delete(brokerId);
        this.#hub.fault(error, "keeping what a broker offers");
      });
  }

  async #compare(account: AccountState, seen: Seen): Promise<boolean> {
    const { reconciler } = this.#hub;
    const { snapshot } = seen;
    const feed = this.#feed(account);
    const known = feed?.sequence ?? null;
    const isOutrun = known !== null && known > snapshot.sequence;
    if (isOutrun && this.#hub.deps.protections("outrun-concludes-nothing")) return false;
    hearNets(account, snapshot.positions);
    const later = feed?.at(snapshot.sequence) ?? [];
    // Compared before anything later is applied; what it then reads from history may take a while.
    const reconciled = reconciler.reconcile(account, seen);
    for (const event of later) this.#hub.apply(account, event);
    const isUnbroken = known === snapshot.sequence;
    if (!isUnbroken) this.#readHistory(account, snapshot.asOf);
    this.#hub.cash.looked(account, snapshot, isUnbroken);
    return await reconciled;
  }

  /** Deals that the broker has and the ledger may not: recorded twice they are recorded once. */
  #readHistory(account: AccountState, asOf: number): void {
    const { activity } = this.#hub.deps;
    void activity
      .during(() => this.#record(account, asOf))
      .catch((error: unknown) => {
        if (!isLockstepError(error, "GATEWAY_DOWN")) this.#hub.fault(error, "reading deals");
      });
  }

  async #record(account: AccountState, asOf: number): Promise<void> {
    const gateway = this.#hub.gatewayOf(account);
    if (gateway.deals === undefined) return;
    const since = this.#recordedThrough.get(account) ?? 0;
    for await (const deal of gateway.deals(account.account, since, asOf)) {
      this.#hub.reconciler.recorder.history(account.account, deal);
    }
    this.recorded(account, Math.max(since, asOf - HISTORY_LAG_MS));
  }

  #feed(account: AccountState): Feed | undefined {
    return this.#hub.feeds.get(account.account.accountId);
  }

  #isServed(account: AccountState): boolean {
    return this.#hub.accounts.get(account.account.accountId) === account;
  }
}
