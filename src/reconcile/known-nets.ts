/** What was found of a net that has not moved since: its history need not be read at each look. */
import type { AccountState } from "../follower/state.ts";
import type { Difference } from "./compare.ts";
import type { NetGap } from "./net-history.ts";

export type KnownNet = { readonly gap: NetGap; readonly difference: Difference | null };

export class KnownNets {
  readonly #known = new WeakMap<AccountState, Map<string, KnownNet>>();

  find(account: AccountState, { symbol, held, actual }: NetGap): KnownNet | undefined {
    const known = this.#known.get(account)?.get(symbol);
    return known?.gap.held === held && known.gap.actual === actual ? known : undefined;
  }

  add(account: AccountState, one: KnownNet): KnownNet {
    const known = this.#known.get(account) ?? new Map<string, KnownNet>();
    this.#known.set(account, known.set(one.gap.symbol, one));
    return one;
  }
}
