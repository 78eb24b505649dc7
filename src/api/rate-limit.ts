/**
 * How many requests a key may make, or may change something at one broker: a bucket that refills
 * steadily. Kept per process: with several, there is as much at each.
 */
import type { Clock } from "../platform/clock.ts";
import { ApiError } from "./errors.ts";

export type RateLimit = { readonly perSecond: number; readonly burst: number };

export const RATE_LIMIT: RateLimit = { perSecond: 50, burst: 500 };
/** What a broker takes of changes by hand and program, beside what copying asks of it. */
export const BROKER_LIMIT: RateLimit = { perSecond: 20, burst: 200 };

const OF_WHAT = { key: "This key may make", broker: "At one broker may be made" } as const;
const KEYS_MAX = 10_000;

type Bucket = { tokens: number; at: number };

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  readonly #of: keyof typeof OF_WHAT;

  constructor(clock: Clock, limit: RateLimit = RATE_LIMIT, of: keyof typeof OF_WHAT = "key") {
    this.#clock = clock;
    this.#limit = limit;
    this.#of = of;
  }

  /** Takes one request; the headers that tell what is left. RATE_LIMITED where none is. */
  take(key: string): Readonly<Record<string, string>> {
    const { perSecond, burst } = this.#limit;
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const gained = (Math.max(0, now - bucket.at) / 1_000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.at = now;
    this.#keep(key, bucket);
    if (bucket.tokens < 1) {
      const waitS = Math.ceil((1 - bucket.tokens) / perSecond);
      const headers = { ...this.#headers(bucket), "Retry-After": String(waitS) };
      const detail = `${OF_WHAT[this.#of]} ${perSecond} requests a second, ${burst} at once.`;
      throw new ApiError("RATE_LIMITED", detail, { headers });
    }
    bucket.tokens -= 1;
    return this.#headers(bucket);
  }

  /** The key that was used longest ago makes room: it has refilled the most. */
  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= KEYS_MAX) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }

  #headers({ tokens }: Bucket): Record<string, string> {
    const { perSecond, burst } = this.#limit;
    const windowS = Math.ceil(burst / perSecond);
    const whole = Math.ceil((burst - tokens) / perSecond);
    return {
      "RateLimit-Policy": `"${this.#of}";q=${burst};w=${windowS}`,
      RateLimit: `"${this.#of}";r=${Math.max(0, Math.floor(tokens))};t=${whole}`,
    };
  }
}
