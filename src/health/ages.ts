/**
 * Since when each unanswered instruction is unanswered, as seen from outside: what is looked at each
 * second is at most a second older than it says. Holds nothing that is answered.
 */
import type { AccountState } from "../follower/state.ts";

type Seen = { readonly account: AccountState; readonly sinceMs: number; unknown: boolean };

/** Longer than any broker may take, and shorter than anybody should wait. */
const STUCK_MS = 60_000;

export class Ages {
  #seen = new Map<string, Seen>();

  look(accounts: Iterable<AccountState>, nowMs: number): void {
    const next = new Map<string, Seen>();
    for (const account of accounts) {
      for (const key of account.unresolved.keys()) {
        const unknown = account.unknown.has(key);
        const known = this.#seen.get(key);
        // From unanswered to unknown its time begins anew.
        const same = known?.account === account && known.unknown === unknown;
        next.set(key, same ? known : { account, sinceMs: nowMs, unknown });
      }
    }
    this.#seen = next;
  }

  /** How many are of unknown outcome, and for how long the oldest is. */
  unknown(nowMs: number): { readonly count: number; readonly oldestMs: number } {
    const since = [...this.#seen.values()].filter((one) => one.unknown).map((one) => one.sinceMs);
    return { count: since.length, oldestMs: nowMs - Math.min(nowMs, ...since) };
  }

  get unanswered(): number {
    return this.#seen.size;
  }

  /** Armed and connected, with work that nothing holds up and that does not move. */
  stuck(nowMs: number): readonly { readonly account: string; readonly ageMs: number }[] {
    const worst = new Map<AccountState, number>();
    for (const { account, sinceMs, unknown } of this.#seen.values()) {
      const ageMs = nowMs - sinceMs;
      if (unknown || !account.ready || !account.online || account.unknown.size > 0) continue;
      if (ageMs >= STUCK_MS) worst.set(account, Math.max(ageMs, worst.get(account) ?? 0));
    }
    return [...worst].map(([account, ageMs]) => ({ account: account.name, ageMs }));
  }
}
