/**
 * Webhooks: endpoints that people keep, and the sending of what happened to them.
 * Invariants: a secret is told when it is made and never again; a body is signed as it is sent; a
 * delivery is tried by one process at a time; who is told to stop (410), or whose endpoint is gone,
 * is asked no more.
 */
import { LockstepError } from "../domain/errors.ts";
import { idText } from "../domain/prefixed-ids.ts";
import { recordAudit } from "../identity/audit/record.ts";
import type { Principal } from "../identity/principal.ts";
import type { Timers } from "../platform/clock.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import type { Sealer } from "../platform/sealed.ts";
import { type EventType, shownData } from "./events.ts";
import { checkUrl } from "./guard.ts";
import type { Attempt, Post } from "./post.ts";
import { waitAfter } from "./retry.ts";
import { SECRET_BYTES, secretText, signatureOf } from "./sign.ts";
import { claimDue, collectEvents, type Due, type Ended, endAttempt } from "./store.ts";

export type NotifyDeps = {
  readonly sql: Sql;
  readonly sealer: Sealer;
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
  readonly draw: () => number;
  readonly newId: () => string;
  readonly post: Post;
};

export type NewEndpoint = { readonly url: string; readonly types: readonly EventType[] };

const TURN_MS = 1_000;
const AT_ONCE = 20;
const ENDPOINTS_MAX = 50;
const ROTATION_MS = 24 * 60 * 60 * 1_000;

export class NotifyService {
  readonly #deps: NotifyDeps;

  constructor(deps: NotifyDeps) {
    this.#deps = deps;
  }

  /** The id and the secret. BAD_INPUT for an address that a webhook may not have. */
  async create(by: Principal, { url, types }: NewEndpoint): Promise<[string, string]> {
    const { sql, random, newId, now } = this.#deps;
    const { tenantId, accounts } = by;
    const id = newId();
    const secret = random(SECRET_BYTES);
    checkUrl(url);
    await inTenant(sql, tenantId, async (tx) => {
      const [row] = await tx<{ count: number }[]>`
        select count(*)::int as count from webhook_endpoints`;
      if ((row?.count ?? 0) >= ENDPOINTS_MAX) {
        throw new LockstepError("BAD_INPUT", { expected: `at most ${ENDPOINTS_MAX} webhooks` });
      }
      await tx`
        insert into webhook_endpoints (tenant_id, endpoint_id, url, types, accounts, secret,
          by_whom, created_at)
        values (${tenantId}, ${id}, ${url}, ${`{${types.map((one) => `"${one}"`).join(",")}}`}::text::text[],
          ${accounts === "all" ? null : `{${[...accounts].join(",")}}`}::text::uuid[],
          ${this.#sealed(tenantId, id, secret)}, ${by.actor.name}, ${new Date(now())})`;
      await audited(tx, by, { action: "create webhook", subject: id, after: { url, types } });
    });
    return [id, secretText(secret)];
  }

  /** The new secret; the old one signs along for a day. */
  async rotate(by: Principal, id: string): Promise<string> {
    const { sql, random, now } = this.#deps;
    const secret = random(SECRET_BYTES);
    await inTenant(sql, by.tenantId, async (tx) => {
      const rows = await tx`
        update webhook_endpoints set old_secret = secret,
          old_until = ${new Date(now() + ROTATION_MS)},
          secret = ${this.#sealed(by.tenantId, id, secret)}
        where endpoint_id = ${id} returning 1`;
      if (rows.length === 0) throw missing();
      await audited(tx, by, { action: "rotate webhook secret", subject: id, after: {} });
    });
    return secretText(secret);
  }

  async remove(by: Principal, id: string): Promise<void> {
    await inTenant(this.#deps.sql, by.tenantId, async (tx) => {
      const rows = await tx`delete from webhook_endpoints where endpoint_id = ${id} returning 1`;
      if (rows.length === 0) throw missing();
      await audited(tx, by, { action: "remove webhook", subject: id, after: {} });
    });
  }

  /** Sends a delivery again, from the first step of the ladder. */
  async replay(by: Principal, delivery: string): Promise<void> {
    await inTenant(this.#deps.sql, by.tenantId, async (tx) => {
      const rows = await tx`
        update webhook_deliveries set attempts = 0, next_at = clock_timestamp(),
          delivered_at = null where delivery_id = ${delivery} returning 1`;
      if (rows.length === 0) throw missing();
      await audited(tx, by, { action: "replay webhook", subject: delivery, after: {} });
    });
  }

  /** Collects and sends until the signal aborts. */
  async run(timers: Timers, signal: AbortSignal, fault: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      await this.turn().catch((error: unknown) => {
        if (!signal.aborted) fault(error);
      });
      await timers.sleep(TURN_MS, signal).catch(() => {});
    }
  }

  async turn(): Promise<void> {
    const { sql } = this.#deps;
    for (const { id } of await sql<{ id: string }[]>`select tenant_ids() as id`) {
      await collectEvents(sql, id);
      const due = await claimDue(sql, id, AT_ONCE);
      await Promise.all(due.map((one) => this.#deliver(id, one)));
    }
  }

  async #deliver(tenantId: string, due: Due): Promise<void> {
    const { now, post, sql } = this.#deps;
    const body = JSON.stringify({
      type: due.type,
      timestamp: due.at.toISOString(),
      data: shownData(due.data),
    });
    const message = {
      id: idText("event", due.event_id),
      timestampS: Math.floor(now() / 1_000),
      body,
    };
    const attempt = await post(new URL(due.url), {
      body,
      headers: {
        "content-type": "application/json",
        "user-agent": "Lockstep-Webhooks",
        "webhook-id": message.id,
        "webhook-timestamp": String(message.timestampS),
        "webhook-signature": signatureOf(message, this.#secrets(tenantId, due)),
      },
    });
    await endAttempt(sql, tenantId, { due, ended: this.#judged(due, attempt) });
  }

  #judged({ attempts }: Due, { status, error }: Attempt): Ended {
    const delivered = status !== null && status >= 200 && status < 300;
    const disable = status === 410 ? "it answered 410: gone" : null;
    const isOver = delivered || disable !== null;
    const waitMs = isOver ? null : waitAfter(attempts, this.#deps.draw());
    return { status, error, delivered, waitMs, disable };
  }

  #secrets(tenantId: string, { endpoint_id, secret, old_secret }: Due): readonly Buffer[] {
    const open = (text: string): Buffer =>
      this.#deps.sealer.open(text, [tenantId, "webhook_endpoints", endpoint_id]);
    return [secret, ...(old_secret === null ? [] : [old_secret])].map(open);
  }

  #sealed(tenantId: string, id: string, secret: Buffer): string {
    return this.#deps.sealer.seal(secret, [tenantId, "webhook_endpoints", id]);
  }
}

const missing = (): LockstepError => new LockstepError("NOT_FOUND", { what: "webhook" });

type Entry = { readonly action: string; readonly subject: string; readonly after: object };

async function audited(tx: Queries, by: Principal, entry: Entry): Promise<void> {
  const { tenantId, actor, address } = by;
  await recordAudit(tx, { tenantId, by: actor.name, address, ...entry });
}
