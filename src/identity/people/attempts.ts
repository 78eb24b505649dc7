/**
 * How often a secret may be guessed: by address and account, and by address alone. Who guesses waits;
 * nobody is locked out by what a stranger does from elsewhere.
 */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { LockstepError } from "../../domain/errors.ts";

export type AttemptLimits = {
  /** Wrong guesses at one account from one address, and how long until they are forgotten. */
  readonly perAccount: number;
  readonly perAddress: number;
  readonly forgottenAfterS: number;
};

export const ATTEMPT_LIMITS: AttemptLimits = {
  perAccount: 5,
  perAddress: 50,
  forgottenAfterS: 300,
};

export class Attempts {
  readonly #account: RateLimiterMemory;
  readonly #address: RateLimiterMemory;

  constructor({ perAccount, perAddress, forgottenAfterS: duration }: AttemptLimits) {
    this.#account = new RateLimiterMemory({ points: perAccount, duration });
    this.#address = new RateLimiterMemory({ points: perAddress, duration });
  }

  /** Counts one more guess: LIMIT_REACHED, with how long to wait, where there were too many. */
  async count(what: string, address: string | null): Promise<void> {
    const from = address ?? "unknown";
    await this.#consume(this.#address, from);
    await this.#consume(this.#account, `${what} ${from}`);
  }

  /** It was right: earlier wrong ones count no more. */
  async right(what: string, address: string | null): Promise<void> {
    await this.#account.delete(`${what} ${address ?? "unknown"}`);
  }

  async #consume(limiter: RateLimiterMemory, key: string): Promise<void> {
    const waitMs = await limiter.consume(key).then(
      () => 0,
      (refused: unknown) => {
        if (refused instanceof RateLimiterRes) return refused.msBeforeNext;
        throw refused;
      },
    );
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1_000);
    const expected = `wait ${seconds} seconds before the next one`;
    throw new LockstepError("LIMIT_REACHED", { what: "attempts", seconds, expected });
  }
}
