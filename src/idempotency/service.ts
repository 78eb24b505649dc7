/**
 * Requests that must not work twice. The first of a key does the work, the others are told what it
 * was answered, for a day.
 * Invariants: of any number at once one does the work; another request under the same key is
 * refused; work that was begun and never answered is never begun again, as nobody knows its effect;
 * an answer that shows a secret is kept sealed.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Sql } from "../platform/postgres.ts";
import type { Sealer } from "../platform/sealed.ts";
import { type Place, postgresIdempotencyStore } from "./store.ts";

export type StoredAnswer = {
  readonly status: number;
  readonly body: string;
  readonly type: string;
};

export type Begun =
  | { readonly state: "new" }
  | { readonly state: "answered"; readonly answer: StoredAnswer }
  | { readonly state: "in-flight" | "mismatch" | "unknown" };

/** Longer than any request is worked on. */
const WORK_MS_MAX = 60_000;

export class IdempotencyService {
  readonly #store: ReturnType<typeof postgresIdempotencyStore>;
  readonly #clock: Clock;
  readonly #sealer: Sealer;

  constructor(sql: Sql, clock: Clock, sealer: Sealer) {
    this.#store = postgresIdempotencyStore(sql);
    this.#clock = clock;
    this.#sealer = sealer;
  }

  async begin(place: Place, requestHash: string): Promise<Begun> {
    const now = this.#clock.now();
    const row = await this.#store.begin(place, { requestHash, now });
    if (row === null) return { state: "new" };
    if (row.requestHash !== requestHash) return { state: "mismatch" };
    if (row.answer !== null) return this.#opened(place, row.answer);
    return { state: now - row.begunAt < WORK_MS_MAX ? "in-flight" : "unknown" };
  }

  async answered(place: Place, answer: StoredAnswer, isSecret = false): Promise<void> {
    const { body } = answer;
    const kept = isSecret ? SEALED + this.#sealer.seal(Buffer.from(body), factsOf(place)) : body;
    await this.#store.answered(place, { ...answer, body: kept });
  }

  /** Nothing was done: the key may be used again. */
  async release(place: Place): Promise<void> {
    await this.#store.release(place);
  }

  /** Under a master key that is gone since, nobody can tell what was answered. */
  #opened(place: Place, answer: StoredAnswer): Begun {
    if (!answer.body.startsWith(SEALED)) return { state: "answered", answer };
    try {
      const body = this.#sealer.open(answer.body.slice(SEALED.length), factsOf(place)).toString();
      return { state: "answered", answer: { ...answer, body } };
    } catch (error) {
      if (isLockstepError(error, "BAD_MESSAGE")) return { state: "unknown" };
      throw error;
    }
  }
}

/** What no answer in JSON begins with. */
const SEALED = "sealed:";

const factsOf = ({ tenantId, owner, key }: Place): readonly string[] => [
  ...[tenantId, "idempotency_keys", owner, key],
];
