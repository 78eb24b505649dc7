/** Passkeys as people use them: a real browser, with an authenticator that it pretends to have. */
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { tenantIdOf } from "../../hub/enrol.ts";
import { endTotpOf } from "../../identity/people/second-factor.ts";
import { freePort } from "../../platform/free-port.ts";
import { type Listening, listen } from "../../server.ts";
import { openBrowser } from "../../testing/chromium.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { adminOf, PASSWORD, type TestPeople, testPeople } from "../../testing/people.ts";
import { portalApp } from "../../testing/portal-app.ts";
import { SessionCookie } from "./cookie.ts";
import { addIdentity } from "./pages.ts";
import { type IdentityParts, sessionsFirst } from "./parts.ts";

const TENANT = "passkeys";
const TENANT_ID = tenantIdOf(TENANT);
let browser: Browser | null;
let database: TestDatabase;
let people: TestPeople;
let server: Listening;
/** The same hub at an address that it does not know of. */
let elsewhere: Listening;
let origin: string;
let foreign: string;
let page: Page;
let device: CDPSession;
let authenticatorId: string;
let faults: string[];

beforeAll(async () => {
  browser = await openBrowser((words) => process.stderr.write(`${words}\n`));
  database = await testDatabase();
  people = testPeople(database, { limits: { perAccount: 1_000, perAddress: 1_000 } });
  await people.admin(TENANT);
  const [port, other] = [await freePort(), await freePort()];
  origin = `http://localhost:${port}`;
  foreign = `http://localhost:${other}`;
  Object.assign(people.deps, { baseUrl: origin });
  const parts: IdentityParts = {
    people: () => people.deps,
    cookie: new SessionCookie(origin),
    tenantId: TENANT_ID,
    fault: (error) => {
      throw error;
    },
  };
  const { app } = portalApp({
    authenticate: sessionsFirst(parts),
    formToken: (context) => parts.cookie.formToken(context),
    pages: [(portal) => addIdentity(portal, parts)],
    clock: { now: () => people.clock.at },
  });
  server = await listen(app, { host: "127.0.0.1", port });
  elsewhere = await listen(app, { host: "127.0.0.1", port: other });
});
afterAll(async () => {
  await browser?.close();
  await server.close();
  await elsewhere.close();
  await database.drop();
});

const OPTIONS = {
  protocol: "ctap2",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

/** A browser of its own, whose person has signed in by password and made a passkey. */
beforeEach(async () => {
  if (browser === null) return;
  await database.admin`delete from passkeys`;
  people.clock.at += 600_000;
  const context = await browser.newContext();
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  device = await context.newCDPSession(page);
  await device.send("WebAuthn.enable");
  const added = await device.send("WebAuthn.addVirtualAuthenticator", { options: OPTIONS });
  authenticatorId = added.authenticatorId;
  await page.goto(`${origin}/sign-in?next=/security`);
  await page.fill("#email", adminOf(TENANT));
  await page.fill("#password", PASSWORD);
  await page.press("#password", "Enter");
  await page.waitForURL(`${origin}/security`);
  await page.click("text=Make a passkey");
  await page.fill("#name", "My telephone");
  await page.click("text=Make it");
  await page.waitForURL(`${origin}/security`);
});

const text = async (): Promise<string> => (await page.textContent("main")) ?? "";

/** Signs out and in again by the passkey alone, from a page that asked for it. */
async function byPasskey(at = origin): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`${at}/sign-in?next=/security`);
  await page.click("text=Sign in with a passkey");
}

const count = async (): Promise<number> =>
  Number((await database.admin`select counter::text as n from passkeys`)[0]?.["n"]);

test("one is made, is listed, signs in by itself with the person verified, and is removed", async () => {
  if (browser === null) return;
  expect(await text()).toContain("My telephone, made");
  expect(await text()).toContain("not used yet");
  const before = await count();
  await byPasskey();
  await page.waitForURL(`${origin}/security`);
  expect(await text()).toContain("last used");
  expect(await count()).toBeGreaterThan(before);
  const [row] = await database.admin`select after::text as facts from audit
    where action = 'sign in' order by number desc limit 1`;
  expect(row?.["facts"]).toContain("My telephone");
  await page.click("text=Remove");
  await page.waitForURL(`${origin}/security`);
  expect(await text()).not.toContain("My telephone");
  await byPasskey();
  await page.waitForSelector("#fault");
  expect(await text()).toContain("Give a passkey that is known here");
  expect(faults).toEqual([]);
});

test("one proves afresh who is there, for what is dangerous", async () => {
  if (browser === null) return;
  people.clock.at += 6 * 60_000;
  await page.click("text=Make a passkey");
  expect(await text()).toContain("Prove that it is you");
  await page.click("main a:has-text('Confirm')");
  await page.click("text=Use a passkey");
  await page.waitForURL((address) => !address.pathname.startsWith("/confirm"));
  await page.goto(`${origin}/security`);
  await page.click("text=Make a passkey");
  expect(await text()).toContain("What you call it");
});

test("a device that has not verified its person signs nobody in", async () => {
  if (browser === null) return;
  await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await byPasskey();
  await page.waitForSelector("#passkey-fault:not([hidden])");
  expect(await text()).toContain("The device did not answer");
  await page.goto(`${origin}/security`);
  expect(await text()).toContain("Sign in first");
});

test("an answer counts once: sent again it is refused, and so is one to nothing that was asked", async () => {
  if (browser === null) return;
  const sent = page.waitForRequest((request) => request.url().endsWith("/sign-in/passkey/done"));
  await byPasskey();
  const body = (await sent).postData() ?? "";
  await page.waitForURL(`${origin}/security`);
  const again = async (form: string): Promise<[number, boolean]> => {
    const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
    const address = `http://127.0.0.1:${new URL(server.url).port}/sign-in/passkey/done`;
    const response = await fetch(address, {
      ...{ method: "POST", body: form, headers: { ...headers, origin: new URL(address).origin } },
      redirect: "manual",
    });
    return [response.status, response.headers.getSetCookie().join().includes("session")];
  };
  expect(await again(body)).toEqual([400, false]);
  await database.admin`update passkeys set counter = 0`;
  expect(await again(body)).toEqual([400, false]);
  for (const response of [
    "",
    "{}",
    "null",
    "[]",
    '{"id":"x","response":{"clientDataJSON":"e30"}}',
  ]) {
    expect(await again(new URLSearchParams({ response }).toString())).toEqual([400, false]);
  }
});

test("a key whose count has fallen is one of two, and is refused", async () => {
  if (browser === null) return;
  await database.admin`update passkeys set counter = 1000`;
  await byPasskey();
  await page.waitForSelector("#fault");
  expect(await text()).toContain("Give a passkey that is known here");
});

test("an answer that was given at another address is refused", async () => {
  if (browser === null) return;
  await byPasskey(foreign);
  await page.waitForSelector("#fault");
  expect(await text()).toContain("Give a passkey that is known here");
});

test("a challenge that is too old, and a person who may not come in, are refused", async () => {
  if (browser === null) return;
  await page.context().clearCookies();
  await page.goto(`${origin}/sign-in`);
  await page.route("**/sign-in/passkey/done", async (route) => {
    people.clock.at += 6 * 60_000;
    await route.continue();
  });
  await page.click("text=Sign in with a passkey");
  await page.waitForSelector("#fault");
  await page.unroute("**/sign-in/passkey/done");
  await database.admin`update people set disabled_at = now()`;
  await byPasskey();
  await page.waitForSelector("#fault");
  await database.admin`update people set disabled_at = null`;
  await byPasskey();
  await page.waitForURL(`${origin}/security`);
});

test("who has lost everything loses the passkeys with it", async () => {
  if (browser === null) return;
  const [row] = await database.admin`select person_id as id from people`;
  const by = { by: "an admin", address: null };
  await endTotpOf(people.deps, { tenantId: TENANT_ID, personId: String(row?.["id"]) }, by);
  expect(Number((await database.admin`select count(*) as n from passkeys`)[0]?.["n"])).toBe(0);
});
