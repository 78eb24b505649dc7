/** The API in a test: over a real ledger, asked with real keys, without a socket. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { Streams } from "../api/stream/hub.ts";
import { createKey } from "../identity/keys/service.ts";
import { allows, PERMISSION_NAMES } from "../identity/permissions.ts";
import type { Principal, Role } from "../identity/principal.ts";
import { systemClock, systemTimers } from "../platform/clock.ts";
import type { Sql } from "../platform/postgres.ts";
import { sealer } from "../platform/sealed.ts";
import { createRest, openNotify, type RestParts } from "../rest.ts";

export type Told = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is its own affair.
  readonly body: any;
};

export type Ask = {
  readonly key?: string;
  readonly method?: string;
  readonly body?: unknown;
  /** Instead of a body: as it stands. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type TestRest = {
  readonly api: Hono;
  /** What was logged: only faults are. */
  readonly faults: string[];
  ask(path: string, ask?: Ask): Promise<Told>;
  /** The secret of a new key with all that its role may do. */
  keyOf(tenantId: string, role: Role, more?: Partial<Principal>): Promise<string>;
};

export function testRest(sql: Sql, parts: Partial<RestParts> = {}): TestRest {
  const faults: string[] = [];
  const quiet = { hub: () => null, now: Date.now, timers: systemTimers, log: () => {} };
  const api = createRest({
    streams: new Streams(quiet),
    notify: openNotify(sql, sealer(Buffer.alloc(32, 1))),
    sealer: sealer(Buffer.alloc(32, 1)),
    ...{ sql, clock: systemClock, rateLimit: { perSecond: 10_000, burst: 10_000 } },
    log: (words, { error }) =>
      void faults.push(`${words}: ${error instanceof Error ? error.stack : String(error)}`),
    ...parts,
  });
  return {
    api,
    faults,
    ask: (path, ask = {}) => askApi(api, path, ask),
    keyOf: (tenantId, role, more) => newKey(sql, personOf(tenantId, role, more)),
  };
}

export async function askApi(api: Hono, path: string, ask: Ask): Promise<Told> {
  const { key, method = "GET", body, text, headers } = ask;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await api.request(path, {
    method,
    headers: {
      ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
      ...(sent === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  if (isStream) await response.body?.cancel();
  const said = isStream ? "" : await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && said !== "" ? JSON.parse(said) : said,
  };
}

export function personOf(tenantId: string, role: Role, more: Partial<Principal> = {}): Principal {
  return {
    tenantId,
    actor: { kind: "person", id: randomUUID(), name: `a ${role}` },
    roles: [role],
    scopes: null,
    accounts: "all",
    mode: "live",
    steppedUpAt: Date.now(),
    address: null,
    ...more,
  };
}

async function newKey(sql: Sql, by: Principal): Promise<string> {
  const deps = { sql, now: Date.now, random: randomBytes, newId: () => randomUUID() };
  const scopes = PERMISSION_NAMES.filter((name) => allows(by, name));
  const { secret } = await createKey(deps, by, { name: "test", mode: by.mode, scopes });
  return secret;
}
