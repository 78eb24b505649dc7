/**
 * How many requests a key may make: a bucket that refills steadily. Kept per process: with several,
 * a key has as much at each.
 */
import type { Clock } from "../platform/clock.ts";
import { ApiError } from "./errors.ts";

export type RateLimit = { readonly perSecond: number; readonly burst: number };

export const RATE_LIMIT: RateLimit = { perSecond: 50, burst: 500 };
const KEYS_MAX = 10_000;

type Bucket = { tokens: number; at: number };

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, limit: RateLimit = RATE_LIMIT) {
    this.#clock = clock;
    this.#limit = limit;
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
      const detail = `This key may make ${perSecond} requests a second, ${burst} at once.`;
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
      "RateLimit-Policy": `"key";q=${burst};w=${windowS}`,
      RateLimit: `"key";r=${Math.max(0, Math.floor(tokens))};t=${whole}`,
    };
  }
}
