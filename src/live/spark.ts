/** The last minutes of each follower's equity, sampled for drawing: bounded, oldest first. */
export const SAMPLE_MS = 3_000;
const SAMPLES_MAX = 80;

export class Sparks {
  #byAccount = new Map<string, readonly number[]>();

  /** A new list each time: what was handed out is never changed. */
  sample(equities: Iterable<readonly [accountId: string, equity: number]>): void {
    const next = new Map<string, readonly number[]>();
    for (const [accountId, equity] of equities) {
      next.set(accountId, [...this.of(accountId).slice(1 - SAMPLES_MAX), equity]);
    }
    this.#byAccount = next;
  }

  of(accountId: string): readonly number[] {
    return this.#byAccount.get(accountId) ?? [];
  }
}
