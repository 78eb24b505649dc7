/**
 * Writes in the order asked for, off the order path, and again where the ledger was away.
 * Invariants: nothing overtakes; what the ledger cannot take now stays at the front and is tried again
 * at the next sweep; what it refuses for good is told and let go.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Activity } from "../platform/activity.ts";
import type { Protections } from "../platform/protections.ts";

/** More than this unwritten: the oldest go, and are found again at the next look at the accounts. */
const WAITING_MAX = 50_000;

export type WriteQueueDeps = {
  readonly activity: Activity;
  readonly protections: Protections;
  fault(error: unknown, doing: string): void;
};

type Write = { readonly what: string; readonly write: () => Promise<void> };

export class WriteQueue {
  readonly #deps: WriteQueueDeps;
  #waiting: Write[] = [];
  #running = false;

  constructor(deps: WriteQueueDeps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(what: string, write: () => Promise<void>): void {
    this.#waiting.push({ what, write });
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    this.retry();
  }

  /** Goes on with what is left, where it is not going on already. */
  retry(): void {
    if (this.#running || this.#waiting.length === 0) return;
    this.#running = true;
    void this.#deps.activity.during(() => this.#run());
  }

  async #run(): Promise<void> {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      try {
        await next.write();
      } catch (error) {
        this.#deps.fault(error, `recording ${next.what}`);
        const passes = isLockstepError(error) && error.retry;
        if (passes && this.#deps.protections("divergences-are-retried")) break;
      }
      if (this.#waiting[0] === next) this.#waiting.shift();
    }
    this.#running = false;
  }
}
