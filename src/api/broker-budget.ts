/**
 * What is asked to be changed at one broker, whoever asks: a bucket a broker, so that one program
 * that changes much there leaves it able to answer. Reading costs it nothing, and closing by a kill
 * switch passes: it names no account.
 */
import { mayReach, type Principal } from "../identity/principal.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { RateLimiter } from "./rate-limit.ts";

const KNOWN_MAX = 50_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Named = Readonly<Record<string, unknown>>;

type Place = { readonly account: string; readonly broker: string };

export class BrokerBudget {
  readonly #sql: Sql;
  readonly #limiter: RateLimiter;
  /** By tenant and id: an account stays at its broker, and a subscription with its account. */
  readonly #known = new Map<string, Place>();

  constructor(sql: Sql, limiter: RateLimiter) {
    this.#sql = sql;
    this.#limiter = limiter;
  }

  /** RATE_LIMITED where the broker of what is named has had enough for now. */
  async take(principal: Principal, named: Named): Promise<void> {
    const account = named["account"] ?? named["account_id"];
    const id = account ?? named["subscription"] ?? named["subscription_id"];
    if (typeof id !== "string" || !UUID.test(id)) return;
    const place = await this.#placeOf(principal.tenantId, id);
    // What is not theirs they cannot use up, nor tell by it that it is there.
    if (place !== null && mayReach(principal, place.account)) this.#limiter.take(place.broker);
  }

  async #placeOf(tenantId: string, id: string): Promise<Place | null> {
    const key = `${tenantId} ${id}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [row] = await inTenant(
      this.#sql,
      tenantId,
      (tx) => tx<Place[]>`
        select account_id as account, broker_id as broker from accounts
        where account_id = coalesce((select account_id from subscriptions
          where subscription_id = ${id}), ${id}::uuid)`,
    );
    if (row === undefined) return null;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, row);
    return row;
  }
}
