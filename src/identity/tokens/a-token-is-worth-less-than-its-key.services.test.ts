import { randomBytes, randomUUID } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { enrol, tenantIdOf } from "../../hub/enrol.ts";
import { masterKeyId } from "../../platform/sealed.ts";
import { oneTokenKey, tokenKeysOf } from "../../platform/token-keys.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { personOf, type Told, testRest } from "../../testing/rest.ts";
import { createKey, principalOfKey, revokeKey } from "../keys/service.ts";
import type { Permission } from "../permissions.ts";
import type { Principal } from "../principal.ts";
import { makeToken, principalOfToken, type TokenDeps } from "./service.ts";

const TENANT = tenantIdOf("tokens");
const HERE = "192.0.2.7";
const refused = { code: "UNAUTHENTICATED" };
const SCOPES: Permission[] = ["accounts:read", "copies:read", "trades:write", "tokens:write"];

let database: TestDatabase;
let now = Date.parse("2026-03-01T12:00:00Z");
let deps: TokenDeps;
let by: Principal;
let secret: string;

beforeAll(async () => {
  database = await testDatabase();
  const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
  await enrol(database.sql, { ...nothing, tenant: "tokens", at: 0, by: "test" });
  const { sql } = database;
  deps = {
    ...{ sql, now: () => now, random: randomBytes, newId: () => randomUUID() },
    keys: oneTokenKey(randomBytes(32)),
  };
});
beforeEach(async () => {
  const admin = personOf(TENANT, "admin");
  const wanted = { name: "program", mode: "live" as const, scopes: SCOPES };
  const made = await createKey(deps, admin, { ...wanted, networks: ["192.0.2.0/24"] });
  secret = made.secret;
  by = await principalOfKey(deps, secret, HERE);
});
afterAll(() => database.drop());

const made = async (scopes: Permission[] = ["accounts:read"], seconds = 60): Promise<string> =>
  (await makeToken(deps, by, { scopes, seconds })).token;

test("it opens what it says for as long as it says, as its key would", async () => {
  const token = await made(["accounts:read", "copies:read"], 60);
  const principal = await principalOfToken(deps, token, HERE);
  const scopes = ["accounts:read", "copies:read"];
  expect(principal).toMatchObject({ tenantId: TENANT, scopes, actor: by.actor, steppedUpAt: null });
  now += 59_000;
  await expect(principalOfToken(deps, token, HERE)).resolves.toBeDefined();
  now += 2_000;
  await expect(principalOfToken(deps, token, HERE)).rejects.toMatchObject(refused);
});

test("it may do no more than its key, makes no other, and none is made by a person", async () => {
  const no = { code: "FORBIDDEN" };
  for (const scope of ["people:write", "tokens:write"] as const) {
    await expect(made([scope])).rejects.toMatchObject(no);
  }
  const admin = personOf(TENANT, "admin");
  const wanted = { scopes: ["accounts:read"] as const, seconds: 60 };
  await expect(makeToken(deps, admin, wanted)).rejects.toMatchObject(no);
});

test("it ends with its key, and counts from where its key counts only", async () => {
  const token = await made();
  await expect(principalOfToken(deps, token, "198.51.100.1")).rejects.toMatchObject(refused);
  await revokeKey(deps, personOf(TENANT, "admin"), by.actor.id);
  await expect(principalOfToken(deps, token, HERE)).rejects.toMatchObject(refused);
});

test("one that somebody else has made, changed or stretched is refused", async () => {
  const token = await made();
  const [head = "", body = "", proof = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const { kid, secret: key } = deps.keys.newest();
  const signed = (change: object, header: object = {}, by_ = key) =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid, ...header })
      .sign(by_);
  await expect(principalOfToken(deps, await signed({}), HERE)).resolves.toBeDefined();
  const wider = Buffer.from(JSON.stringify({ ...claims, scope: "people:write" }));
  const bad = [
    ...["", "x", "a.b.c", `${head}.${body}.`, `${head}.${body}.${"A".repeat(proof.length)}`],
    `${head}.${wider.toString("base64url")}.${proof}`,
    new UnsecuredJWT(claims).encode(),
    await signed({}, {}, new Uint8Array(32)),
    await signed({}, { kid: "another" }),
    await signed({}, { kid: undefined }),
    await signed({}, { typ: "JWT" }),
    await signed({}, { alg: "HS512" }, new Uint8Array(64)),
    await signed({ aud: "another" }),
    await signed({ iss: "another" }),
    await signed({ tenant: tenantIdOf("another") }),
    await signed({ sub: randomUUID() }),
    await signed({ sub: "'" }),
    await signed({ exp: undefined }),
    await signed({ exp: claims.exp + 86_400, iat: claims.iat - 86_400 }),
    await signed({ iat: claims.iat + 600 }),
    await signed({ nbf: claims.iat + 600 }),
  ];
  for (const text of bad) {
    await expect(principalOfToken(deps, text, HERE), text).rejects.toMatchObject(refused);
  }
});

test("scopes that its key has not are worth nothing, though they are signed", async () => {
  const { kid, secret: key } = deps.keys.newest();
  const iat = Math.floor(now / 1_000);
  const scope = "accounts:read people:write tokens:write nonsense";
  const claims = { tenant: TENANT, scope, iss: "lockstep", aud: "lockstep-api", sub: by.actor.id };
  const token = await new SignJWT({ ...claims, jti: "x", iat, exp: iat + 60 })
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid })
    .sign(key);
  expect((await principalOfToken(deps, token, HERE)).scopes).toEqual(["accounts:read"]);
});

test("a newer master key signs from then on, and what was made before counts to its end", async () => {
  const [old, newer] = [randomBytes(32), randomBytes(32)];
  let newest = old;
  const keys = tokenKeysOf({
    newest: () => newest,
    oldest: () => old,
    find: (id) => [old, newer].find((one) => masterKeyId(one) === id),
  });
  const rotating = { ...deps, keys };
  const wanted = { scopes: ["accounts:read"] as const, seconds: 60 };
  const before = await makeToken(rotating, by, wanted);
  newest = newer;
  const after = await makeToken(rotating, by, wanted);
  const kidOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;
  expect([kidOf(before.token), kidOf(after.token)]).toEqual([old, newer].map(masterKeyId));
  for (const { token } of [before, after]) {
    await expect(principalOfToken(rotating, token, HERE)).resolves.toBeDefined();
  }
});

test("over the API it is asked for with a key, and used like one", async () => {
  const clock = { now: () => now };
  const rest = testRest(database.sql, { clock });
  const admin = personOf(TENANT, "admin");
  const wanted = { name: "api", mode: "live" as const, scopes: SCOPES };
  const { secret: key } = await createKey(deps, admin, wanted);
  const ask = (path: string, bearer: string, body?: unknown): Promise<Told> =>
    rest.ask(path, {
      key: bearer,
      ...(body === undefined ? {} : { method: "POST", body }),
    });
  const { status, body } = await ask("/v1/tokens", key, { scopes: ["accounts:read"] });
  expect([status, body.token_type]).toEqual([201, "Bearer"]);
  expect((await ask("/v1/accounts", body.token)).status).toBe(200);
  expect((await ask("/v1/subscriptions", body.token)).status).toBe(403);
  const again = await ask("/v1/tokens", body.token, { scopes: ["accounts:read"] });
  expect(again.status).toBe(403);
  now += 301_000;
  expect((await ask("/v1/accounts", body.token)).status).toBe(401);
  const rows = await database.admin`select to_jsonb(a)::text as row from audit a`;
  expect(rows.map((row) => row["row"]).join()).not.toContain(body.token);
});
