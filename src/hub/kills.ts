/**
 * The owner's side of kill switches: which are engaged, whom they cover, and telling that every lane
 * here knows.
 * Invariants: an account enters memory with the switches that cover it, before anything of it goes
 * out; a lane says that it knows of a switch only after it has begun to refuse opens; what is to be
 * closed is tried again each second until nothing is left.
 */
import type { AccountState } from "../follower/state.ts";
import { covers, type Kill } from "../risk/kill/kill.ts";
import type { Acknowledgement } from "../risk/kill/store.ts";
import type { Tried } from "../risk/stop-out.ts";
import { closeCopies } from "./close-copies.ts";
import type { Hub } from "./hub.ts";

export class KillWatch {
  readonly #hub: Hub;
  readonly #engaged = new Map<string, readonly Kill[]>();
  /** Said already, by account: a switch that is engaged again has a number of its own. */
  readonly #said = new WeakMap<AccountState, Set<number>>();
  readonly #tried: Tried = new WeakMap();
  #newest = 0;
  /** Questions are numbered; of each tenant the newest that was answered. */
  #asked = 0;
  readonly #told = new Map<string, number>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Several times a second: one small question, and more only where a switch was turned. */
  async look(): Promise<void> {
    const { kills, hub } = this.#hub.deps.stores;
    const newest = await kills.newest();
    if (newest === this.#newest) return;
    for (const tenantId of await hub.tenants()) await this.sweep(tenantId);
    this.#newest = newest;
  }

  /** Reads what is engaged, and applies it to every account of the tenant here. */
  async read(tenantId: string): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const engaged = await this.#hub.deps.stores.kills.engaged(tenantId);
    // An answer that was overtaken by a later question's knows less: it would let go what holds.
    if (asked < (this.#told.get(tenantId) ?? 0)) return;
    this.#told.set(tenantId, asked);
    this.#engaged.set(tenantId, engaged);
    for (const account of this.#accountsOf(tenantId)) this.apply(account);
  }

  async sweep(tenantId: string): Promise<void> {
    await this.read(tenantId);
    for (const account of this.#accountsOf(tenantId)) this.#closeAll(account);
    await this.#acknowledge(tenantId);
  }

  /** From now on nothing opens here that a switch covers. */
  apply(account: AccountState): void {
    const { accountId } = account.account;
    account.killed = this.#over(account).some((kill) => covers(kill, wholeOf(account)));
    for (const subscription of this.#hub.followers.ofAccount(accountId)) {
      const covered = { ...wholeOf(account), subscription };
      subscription.killed = this.#over(account).some((kill) => covers(kill, covered));
    }
  }

  #over({ account }: AccountState): readonly Kill[] {
    return this.#engaged.get(account.tenantId) ?? [];
  }

  #accountsOf(tenantId: string): readonly AccountState[] {
    return [...this.#hub.accounts.values()].filter(({ account }) => account.tenantId === tenantId);
  }

  /** The switches that cover the account or anything that it copies. */
  #covering(account: AccountState): readonly Kill[] {
    const copies = this.#hub.followers.ofAccount(account.account.accountId);
    const all = [null, ...copies].map((subscription) => ({ ...wholeOf(account), subscription }));
    return this.#over(account).filter((kill) => all.some((covered) => covers(kill, covered)));
  }

  async #acknowledge(tenantId: string): Promise<void> {
    const { leases, stores } = this.#hub.deps;
    const lanes: Acknowledgement[] = [];
    const said: (() => void)[] = [];
    for (const account of this.#accountsOf(tenantId)) {
      const known = this.#said.get(account) ?? new Set<number>();
      this.#said.set(account, known);
      const { partition } = account;
      const fence = leases.fence(partition);
      if (fence === null) continue;
      for (const { killId, afterSnapshot } of this.#covering(account)) {
        if (known.has(killId) || (afterSnapshot && !account.ready)) continue;
        lanes.push({ killId, accountId: account.account.accountId, partition, fence });
        said.push(() => known.add(killId));
      }
    }
    if (lanes.length === 0) return;
    await stores.kills.acknowledge(tenantId, lanes);
    for (const one of said) one();
  }

  #closeAll(account: AccountState): void {
    const closing = this.#over(account).filter(({ closeAll }) => closeAll);
    if (closing.length === 0) return;
    for (const subscription of this.#hub.followers.ofAccount(account.account.accountId)) {
      const covered = { ...wholeOf(account), subscription };
      if (!closing.some((kill) => covers(kill, covered))) continue;
      closeCopies(this.#hub, subscription, { origin: "kill", tried: this.#tried });
    }
  }
}

const wholeOf = ({ account: { tenantId, accountId } }: AccountState) => ({
  ...{ tenantId, accountId },
  subscription: null,
});
