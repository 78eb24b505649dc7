/**
 * Every secret that a hub meets, in a hub that runs as its users run it, through what works and what
 * fails: afterwards none of them is in a log, a job, the ledger, a backup, an error or a page.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { generate } from "otplib";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { DEMO_TENANT } from "./demo/definition.ts";
import { type Challenge, deviceKey, terminalMac, typedCode } from "./gateway/metatrader/proofs.ts";
import { tenantIdOf } from "./hub/enrol.ts";
import { storeCredential } from "./identity/credentials/service.ts";
import { PairingService } from "./pairing/service.ts";
import { systemClock } from "./platform/clock.ts";
import { freePort } from "./platform/free-port.ts";
import { openSealer } from "./platform/key-ring.ts";
import { formTokenOf } from "./portal/identity/cookie.ts";
import { runCli } from "./testing/cli.ts";
import { type TestDatabase, testDatabase } from "./testing/database.ts";
import { eventually } from "./testing/eventually.ts";
import { httpHello, send } from "./testing/http-terminal.ts";
import { type LockstepProcess, startLockstep } from "./testing/lockstep-process.ts";
import { footings, type TestRedis, testRedis } from "./testing/redis.ts";
import { personOf } from "./testing/rest.ts";
import { dumpDatabase, dumpRedis, tracesIn, unzipped } from "./testing/secret-traces.ts";

const TENANT = tenantIdOf(DEMO_TENANT);
const canary = (name: string): string => `${name}-${randomBytes(9).toString("hex")}`;
const hasRedis = footings().includes("redis");

/** By what they are. Some are chosen here, others the hub draws and shows once. */
const secrets = new Map<string, string>();
/** What the hub said that is not meant to hold any, by where it was said. */
const said = new Map<string, string>();
/** What showed a secret, once, to whom it is for. */
const shownOnce: string[] = [];

let database: TestDatabase;
let redis: TestRedis | null = null;
let redisUrl = "";
let dataDir: string;
let hub: LockstepProcess;
let url: string;
let env: Record<string, string>;
let terminalPort: number;

const keep = (name: string, secret: string | undefined): string => {
  if (secret === undefined || secret.length < 12) throw new Error(`no ${name} was shown`);
  secrets.set(name, secret);
  return secret;
};

beforeAll(async () => {
  database = await testDatabase();
  dataDir = await mkdtemp(join(tmpdir(), "lockstep-canary-"));
  await chmod(dataDir, 0o755);
  if (hasRedis) {
    redis = await testRedis();
    const password = keep("Redis password", canary("redis"));
    const client = new Redis(redis.url);
    await client.config("SET", "requirepass", password);
    client.disconnect();
    redisUrl = redis.url.replace("redis://", `redis://:${password}@`);
  }
  terminalPort = await freePort();
  env = {
    LOCKSTEP_DATA_DIR: dataDir,
    LOCKSTEP_PORT: "0",
    LOCKSTEP_LOG_LEVEL: "debug",
    DATABASE_URL: await ownedBy(keep("database password", canary("database"))),
    ...(redisUrl === "" ? {} : { REDIS_URL: redisUrl }),
    LOCKSTEP_SMTP_URL: `smtp://mailer:${keep("mail password", canary("mail"))}@127.0.0.1:9`,
    LOCKSTEP_MAIL_FROM: "hub@hub.example",
    LOCKSTEP_METRICS: "token",
    LOCKSTEP_METRICS_TOKEN: keep("metrics token", canary("metrics")),
    LOCKSTEP_TERMINAL_HTTP_PORT: String(terminalPort),
  };
  hub = startLockstep(env);
  url = await hub.url;
});
afterAll(async () => {
  hub.kill("SIGTERM");
  await hub.ended;
  await redis?.stop();
  await database.admin.unsafe(
    `reassign owned by ${ROLE} to current_user; drop owned by ${ROLE}; drop role ${ROLE}`,
  );
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const ROLE = `canary_${randomBytes(6).toString("hex")}`;

async function ownedBy(password: string): Promise<string> {
  await database.admin.unsafe(`create role ${ROLE} superuser login password '${password}'`);
  const own = new URL(inject("adminUrl"));
  own.pathname = new URL(database.url).pathname;
  own.username = ROLE;
  own.password = password;
  return own.href;
}

/** A browser's session: `once` where the answer shows something that is shown once. */
class Person {
  session = "";

  async ask(
    path: string,
    fields?: Record<string, string | string[]>,
    once = false,
  ): Promise<string> {
    const headers: Record<string, string> = { cookie: `lockstep-session=${this.session}` };
    const token = this.session === "" ? {} : { "form-token": formTokenOf(this.session) };
    const given = Object.entries({ ...fields, ...token }).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    );
    const form = new URLSearchParams(given);
    const response = await fetch(`${url}${path}`, {
      redirect: "manual",
      headers: { ...headers, origin: url },
      ...(fields === undefined ? {} : { method: "POST", body: form }),
    });
    const text = await response.text();
    for (const line of response.headers.getSetCookie()) {
      this.session = /^lockstep-session=([\w-]{43})/.exec(line)?.[1] ?? this.session;
    }
    // A cookie is for its browser: whatever else the head says is looked at.
    const head = [...response.headers].filter(([name]) => name !== "set-cookie");
    const whole = `${response.status} ${JSON.stringify(head)}\n${text}`;
    if (once) shownOnce.push(whole);
    else said.set(`${fields === undefined ? "GET" : "POST"} ${path} ${said.size}`, whole);
    return whole;
  }
}

const ada = new Person();
const EMAIL = "ada@hub.example";

async function api(path: string, init: RequestInit, once = false): Promise<string> {
  const response = await fetch(`${url}/v1${path}`, init);
  const text = `${response.status} ${JSON.stringify([...response.headers])}\n${await response.text()}`;
  if (once) shownOnce.push(text);
  else said.set(`${init.method ?? "GET"} /v1${path.split("?")[0]} ${said.size}`, text);
  return text;
}

test("a hub is set up, and its people prove themselves, rightly and wrongly", async () => {
  const setup = () => hub.out.find((line) => line.includes("/setup/"));
  await eventually("a setup address is printed", () => setup() !== undefined);
  const link = /\/setup\/[\w-]{43}/.exec(setup() ?? "")?.[0] ?? "";
  const password = keep("password", canary("password"));
  await ada.ask(link, { name: "Ada", email: "no address", password });
  await ada.ask(link, { name: "Ada", email: EMAIL, password });
  keep("first session", ada.session);
  const begun = await ada.ask("/security/totp", {}, true);
  const seed = keep("TOTP secret", /name="seed" value="(\w+)"/.exec(begun)?.[1]);
  await ada.ask("/security/totp/confirm", { seed: "", uri: "", code: "000000" });
  const code = await generate({ secret: seed, epoch: Date.now() / 1_000 });
  const codes = await ada.ask("/security/totp/confirm", { code }, true);
  const [one, two] = [...codes.matchAll(/<li><code>([\w-]+)<\/code>/g)].map(([, text]) => text);
  keep("recovery code", one);
  const other = new Person();
  const wrong = keep("wrong password", canary("wrong"));
  await other.ask("/sign-in", { email: EMAIL, password: wrong });
  await other.ask("/sign-in", { email: "nobody@hub.example", password: wrong });
  await other.ask("/sign-in", { email: EMAIL, password });
  keep("half a session", other.session);
  await other.ask("/sign-in/code", { code: "000000" });
  await other.ask("/sign-in/code", { code: keep("used recovery code", two) });
  keep("full session", other.session);
  await ada.ask("/confirm", { code: keep("wrong code", canary("code")), next: "/people" });
});

test("links, keys, webhooks, terminals and accounts get theirs", async () => {
  const people = await ada.ask("/people");
  const person = /href="(\/people\/[\w-]{36})"/.exec(people)?.[1] ?? "";
  const made = await ada.ask(`${person}/reset`, {}, true);
  const reset = keep("reset link", /\/reset\/([\w-]{43})/.exec(made)?.[1]);
  await ada.ask(`/reset/${reset}`);
  await new Person().ask(`/reset/${reset}`, {
    password: keep("weak password", "aaaaaaaaaaaaaaaa"),
  });
  await new Person().ask("/forgot", { email: EMAIL });
  const invited = await ada.ask("/people", { email: "eve@x.example", role: "investor" }, true);
  keep("invitation", /\/join\/([\w-]{43})/.exec(invited)?.[1]);

  const wanted = { name: "program", mode: "live", days: "30" };
  await ada.ask("/keys", { ...wanted, scope: "webhooks:write", networks: "no network" });
  const scope = ["webhooks:write", "tokens:write"];
  const keyed = await ada.ask("/keys", { ...wanted, scope }, true);
  const key = keep("API key", /ck_live_[\w-]{43}/.exec(keyed)?.[0]);
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  await api("/webhooks", { headers: { authorization: `Basic ${key}` } });
  await api("/webhooks", { headers: { authorization: `Bearer ${key}x` } });
  await api("/accounts", { headers });
  await api(`/webhooks?key=${key}`, { headers });
  await api("/webhooks", { method: "POST", headers, body: `{"secret":"${key}"` });
  const body = JSON.stringify({ url: "https://hooks.example.com/x", types: ["signal.committed"] });
  const hook = await api("/webhooks", { method: "POST", headers, body }, true);
  keep("webhook secret", /whsec_([\w+/=]{20,})/.exec(hook)?.[1]);
  await api("/webhooks", { headers });
  const asked = JSON.stringify({ scopes: ["webhooks:write"] });
  const minted = await api("/tokens", { method: "POST", headers, body: asked }, true);
  const token = keep("token", /"(eyJ[\w-]+\.[\w-]+\.[\w-]+)"/.exec(minted)?.[1]);
  for (const bearer of [token, `${token}x`]) {
    const as = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    await api("/webhooks", { headers: as });
    await api("/tokens", { method: "POST", headers: as, body: asked });
  }

  const sealer = await openSealer(dataDir);
  const pairing = new PairingService(database.sql, sealer, systemClock);
  const by = personOf(TENANT, "admin");
  const { accountId } = await pairing.link(by, { broker: "Canary broker", login: "778899" });
  await pair(keep("pairing code", (await pairing.offer(by, accountId)).code));
  const credential = { password: keep("account credential", canary("account")) };
  const deps = { sql: database.sql, sealer, now: () => systemClock.now() };
  await storeCredential(deps, by, accountId, credential);
});

/** As a terminal pairs, after a try with a wrong proof. */
async function pair(text: string): Promise<void> {
  const code = typedCode(text);
  if (code === null) throw new Error("no code was handed out");
  for (const isRight of [false, true]) {
    const hello = { ...httpHello("", "778899", Date.now()), code: code.id };
    const [challenge] = await send(terminalPort, JSON.stringify(hello));
    const drawn = challenge as unknown as Challenge;
    const key = deviceKey(code.secret, code.id, hello, drawn);
    if (isRight) keep("device key", key.toString("hex"));
    const mac = isRight ? terminalMac(key, code.id, hello, drawn).toString("hex") : "0".repeat(64);
    const post = { t: "post", session: drawn.session, req: 0, hub: 0, mac: "" };
    const lines = `${JSON.stringify(post)}\n${JSON.stringify({ t: "proof", mac })}\n`;
    const answer = await send(terminalPort, lines);
    said.set(`terminal ${isRight}`, JSON.stringify(answer));
    expect(answer[0]?.t).toBe(isRight ? "welcome" : "refused");
  }
}

test("what breaks underneath is told without them", async () => {
  const key = secrets.get("API key");
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const password = secrets.get("password") ?? "";
  for (const table of ["people", "sessions", "links", "api_keys", "webhook_endpoints"]) {
    await database.admin.unsafe(`alter table ${table} rename to ${table}_away`);
    await new Person().ask("/sign-in", { email: EMAIL, password });
    await ada.ask("/security");
    await ada.ask(`/reset/${secrets.get("reset link")}`, { password });
    await api("/webhooks", { headers });
    await database.admin.unsafe(`alter table ${table}_away rename to ${table}`);
  }
  expect([...said.values()].filter((text) => text.startsWith("500")).length).toBeGreaterThan(4);
});

test("every page is looked at afterwards", async () => {
  const rooms = ["/", "/control", "/subscriptions", "/strategies", "/kill", "/reconciliation"];
  const own = ["/security", "/keys", "/people", "/audit", "/audit.csv", "/search?q=a", "/confirm"];
  for (const path of [...rooms, ...own, "/help", "/sign-out", "/nowhere"]) await ada.ask(path);
  expect(said.size).toBeGreaterThan(40);
});

test("no secret is in any of it, in a log, a job, the ledger, a backup", async () => {
  expect(secrets.size).toBeGreaterThanOrEqual(hasRedis ? 21 : 20);
  // What looks for them finds them where they were shown.
  const shown = shownOnce.flatMap((text) => tracesIn(text, secrets));
  for (const name of ["TOTP secret", "recovery code", "reset link", "API key", "webhook secret"]) {
    expect(shown).toContain(name);
  }
  for (const [where, text] of said) expect(tracesIn(text, secrets), where).toEqual([]);
  const log = [...hub.out.filter((line) => !line.includes("/setup/")), ...hub.err].join("\n");
  expect(log).toMatch(/"level":"error"/);
  expect(tracesIn(log, secrets)).toEqual([]);
  expect(log).not.toMatch(/\/(reset|join)\/[\w-]{43}/);

  const ledger = await dumpDatabase(database.admin);
  expect(ledger).toContain(EMAIL);
  expect(tracesIn(ledger, secrets)).toEqual([]);
  const file = join(dataDir, "canary.backup");
  expect(await runCli(["backup", file], env)).toMatchObject({ exit: 0 });
  const backup = unzipped(await readFile(file));
  expect(backup).toContain(EMAIL);
  expect(tracesIn(backup, secrets)).toEqual([]);

  if (redisUrl === "") return;
  const client = new Redis(redisUrl);
  const held = await dumpRedis(client);
  client.disconnect();
  expect(held).toMatch(/^lockstep:[\w-]+:meta/m);
  expect(tracesIn(held, secrets)).toEqual([]);
});

test("nor does a hub that cannot start say them", async () => {
  const password = secrets.get("database password") ?? "";
  const away = { ...env, DATABASE_URL: `postgres://nobody:${password}@127.0.0.1:1/none` };
  for (const args of [["doctor"], ["migrate"], ["backup", join(dataDir, "none")]]) {
    const { exit, out, err } = await runCli(args, away);
    expect(exit).not.toBe(0);
    expect(tracesIn(`${out}\n${err}`, secrets)).toEqual([]);
  }
  const broken = { ...env, DATABASE_URL: `postgres://u:${password}@`, REDIS_URL: "no url" };
  const { err } = await runCli(["doctor"], broken);
  expect(tracesIn(err, secrets)).toEqual([]);
});
