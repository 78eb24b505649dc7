import { generate } from "otplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tenantIdOf } from "../../hub/enrol.ts";
import { recordAudit } from "../../identity/audit/record.ts";
import { invite, setupToken } from "../../identity/people/links.ts";
import { inTenant } from "../../platform/postgres.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { adminOf, PASSWORD, type TestPeople, testPeople } from "../../testing/people.ts";
import { portalApp } from "../../testing/portal-app.ts";
import { formTokenOf, SessionCookie } from "./cookie.ts";
import { addIdentity } from "./pages.ts";
import { type IdentityParts, sessionsFirst } from "./parts.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

let places = 0;

type Fetch = (path: string, init: RequestInit) => Response | Promise<Response>;

/** A browser without scripts: it keeps cookies, and sends forms as a form is sent. */
class Browser {
  readonly #fetch: Fetch;
  readonly cookies = new Map<string, string>();
  readonly set: string[] = [];

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  open(path: string): Promise<Page> {
    return this.#ask(path, {});
  }

  send(path: string, fields: Record<string, string | string[]>, origin = ORIGIN): Promise<Page> {
    const body = new URLSearchParams();
    const session = this.cookies.get(COOKIE);
    if (session !== undefined && !("form-token" in fields)) {
      body.set("form-token", formTokenOf(session));
    }
    for (const [name, values] of Object.entries(fields)) {
      for (const value of [values].flat()) body.append(name, value);
    }
    const type = "application/x-www-form-urlencoded";
    const headers = { origin, "content-type": type, referer: `${ORIGIN}/people` };
    return this.#ask(path, { method: "POST", body: body.toString(), headers });
  }

  async #ask(path: string, init: RequestInit): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(init.headers as Record<string, string>), cookie };
    const response = await this.#fetch(`${ORIGIN}${path}`, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      this.set.push(line);
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const to = response.headers.get("location");
    return { status: response.status, to, text: await response.text() };
  }
}

type Page = { readonly status: number; readonly to: string | null; readonly text: string };
const ORIGIN = "https://hub.example";
const COOKIE = "__Host-lockstep-session";

type Stage = { readonly people: TestPeople; readonly tenant: string; browser(): Browser };

async function stage(options: Parameters<typeof testPeople>[1] = {}): Promise<Stage> {
  places += 1;
  const tenant = `place${places}`;
  const people = testPeople(database, options);
  await people.admin(tenant);
  const parts: IdentityParts = {
    people: () => people.deps,
    cookie: new SessionCookie(people.deps.baseUrl),
    tenantId: tenantIdOf(tenant),
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
  return { people, tenant, browser: () => new Browser((path, init) => app.request(path, init)) };
}

async function signedIn({ tenant, browser }: Stage, next = "/"): Promise<Browser> {
  const one = browser();
  const { to } = await one.send("/sign-in", { email: adminOf(tenant), password: PASSWORD, next });
  expect(to).toBe(next);
  return one;
}

const codeAt = (seed: string, ms: number) => generate({ secret: seed, epoch: ms / 1_000 });

describe("signing in", () => {
  test("sets a cookie that is bound to its host and that no script reads", async () => {
    const browser = await signedIn(await stage());
    const [line = ""] = browser.set;
    expect(line).toMatch(/^__Host-lockstep-session=[\w-]{43};/);
    for (const word of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) {
      expect(line).toContain(word);
    }
    expect(line).not.toContain("Domain");
    expect((await browser.open("/")).status).toBe(200);
  });

  test("leads back to where one was, and never to another site", async () => {
    const here = await stage();
    const refused = await here.browser().open("/people?x=1");
    expect([refused.status, refused.text]).toEqual([
      401,
      expect.stringContaining("/sign-in?next&#x3D;%2Fpeople%3Fx%3D1"),
    ]);
    await signedIn(here, "/people");
    const browser = here.browser();
    const away = { email: adminOf(here.tenant), password: PASSWORD, next: "//evil.example" };
    expect((await browser.send("/sign-in", away)).to).toBe("/");
  });

  test("with a wrong password keeps the address, and tells nothing of whose it is", async () => {
    const { browser, tenant } = await stage();
    const told = await Promise.all(
      [adminOf(tenant), "nobody@nowhere.example"].map(async (email) => {
        const page = await browser().send("/sign-in", { email, password: "wrong" });
        expect(page.status).toBe(400);
        expect(page.text).toContain(`value="${email}"`);
        return page.text.replaceAll(email, "");
      }),
    );
    expect(told[0]).toBe(told[1]);
  });

  test("asks for the second factor, and half a sign-in sees nothing", async () => {
    const here = await stage();
    const browser = await signedIn(here);
    const begun = await browser.send("/security/totp", {});
    const seed = /name="seed" value="(\w+)"/.exec(begun.text)?.[1] ?? "";
    const code = await codeAt(seed, here.people.clock.at);
    const confirmed = await browser.send("/security/totp/confirm", { seed, code });
    const codes = [...confirmed.text.matchAll(/<li><code>([\w-]+)<\/code>/g)];
    expect(codes).toHaveLength(10);
    here.people.clock.at += 60_000;
    const other = here.browser();
    const half = await other.send("/sign-in", { email: adminOf(here.tenant), password: PASSWORD });
    expect(half.to).toBe("/sign-in/code?next=%2F");
    expect((await other.open("/security")).status).toBe(401);
    const before = other.cookies.get("__Host-lockstep-session");
    const wrong = await other.send("/sign-in/code", { code });
    expect(wrong.status).toBe(400);
    const right = { code: await codeAt(seed, here.people.clock.at), next: "/security" };
    expect((await other.send("/sign-in/code", right)).to).toBe("/security");
    expect(other.cookies.get("__Host-lockstep-session")).not.toBe(before);
    expect((await other.open("/security")).text).toContain("this one");
  });

  test("ends by signing out: the cookie that was is worth nothing", async () => {
    const here = await stage();
    const browser = await signedIn(here);
    const kept = new Map(browser.cookies);
    await browser.send("/sign-out", {});
    const thief = here.browser();
    for (const [name, value] of kept) thief.cookies.set(name, value);
    expect((await thief.open("/security")).status).toBe(401);
  });
});

test("a cookie given by somebody else is not taken over by signing in", async () => {
  const here = await stage();
  const browser = here.browser();
  browser.cookies.set("__Host-lockstep-session", "A".repeat(43));
  await browser.send("/sign-in", { email: adminOf(here.tenant), password: PASSWORD });
  expect(browser.cookies.get("__Host-lockstep-session")).not.toBe("A".repeat(43));
});

test("a cookie that was changed by one sign opens nothing", async () => {
  const here = await stage();
  const browser = await signedIn(here);
  const token = browser.cookies.get(COOKIE) ?? "";
  const last = token.endsWith("A") ? "E" : "A";
  for (const changed of [`${token.slice(0, -1)}${last}`, `${token}A`, token.slice(1), "", "null"]) {
    const thief = here.browser();
    thief.cookies.set(COOKIE, changed);
    expect((await thief.open("/security")).status, changed).toBe(401);
  }
  expect((await browser.open("/security")).status).toBe(200);
});

test("a form of another site, or of nowhere, does nothing", async () => {
  const here = await stage();
  const browser = await signedIn(here);
  for (const origin of ["https://evil.example", "null", "http://hub.example"]) {
    expect((await browser.send("/sign-out", {}, origin)).status, origin).toBe(403);
  }
  expect((await browser.open("/security")).status).toBe(200);
});

test("a form that no page gave to this session does nothing, and every page's form is given one", async () => {
  const here = await stage();
  const browser = await signedIn(here);
  const session = browser.cookies.get(COOKIE) ?? "";
  const { text } = await browser.open("/security");
  const forms = text.match(/<form[^>]*method="post"[^>]*>/g) ?? [];
  const given = text.match(/<form[^>]*method="post"[^>]*><input type="hidden" name="form-token"/g);
  expect(forms.length).toBeGreaterThan(1);
  expect(given).toHaveLength(forms.length);
  expect(text).toContain(`value="${formTokenOf(session)}"`);
  expect(text).not.toContain(session);
  for (const token of ["", "x", formTokenOf("A".repeat(43))]) {
    const refused = await browser.send("/sign-out", { "form-token": token });
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining("older than your sign-in"),
    ]);
  }
  expect((await browser.open("/security")).status).toBe(200);
  expect((await browser.send("/sign-out", {})).to).toBe("/sign-in");
});

describe("a link", () => {
  test("of the setup makes the first admin once, and is not found for ever after", async () => {
    const { people, browser } = await stage();
    const tenantId = tenantIdOf(`fresh${places}`);
    await database.admin`insert into tenants (tenant_id, name) values (${tenantId}, 'fresh')`;
    const token = await setupToken(people.deps, tenantId);
    const ada = browser();
    expect((await ada.open(`/setup/${token}`)).text).toContain("Set this hub up");
    const typed = { name: "Ada", email: "ada@fresh.example", password: "short" };
    const weak = await ada.send(`/setup/${token}`, typed);
    expect([weak.status, weak.text]).toEqual([400, expect.stringContaining('value="Ada"')]);
    expect(weak.text).not.toContain('short"');
    const made = await ada.send(`/setup/${token}`, { ...typed, password: PASSWORD });
    expect(made.to).toBe("/security");
    expect((await ada.open("/people")).text).toContain("ada@fresh.example");
    expect((await browser().open(`/setup/${token}`)).status).toBe(404);
    expect((await browser().open(`/setup/${"A".repeat(43)}`)).status).toBe(404);
    expect((await browser().open("/setup")).status).toBe(404);
  });

  test("of an invitation is shown to the admin, and gives the roles it says", async () => {
    const here = await stage({ mail: false });
    const admin = await signedIn(here);
    const shown = await admin.send("/people", { email: "eve@x.example", role: ["investor"] });
    const path = /https:\/\/hub\.example(\/join\/[\w-]{43})/.exec(shown.text)?.[1] ?? "";
    const eve = here.browser();
    expect((await eve.open(path)).text).toContain("You come in as investor");
    await eve.send(path, { name: "Eve", email: "other@x.example", password: PASSWORD });
    expect((await eve.open("/people")).status).toBe(403);
    expect((await admin.open("/people")).text).toContain("eve@x.example");
    expect((await admin.open("/people")).text).not.toContain("other@x.example");
  });

  test("for a new password is asked for in the same words whoever one is", async () => {
    const here = await stage();
    const told: string[] = [];
    for (const email of [adminOf(here.tenant), "nobody@nowhere.example"]) {
      const page = await here.browser().send("/forgot", { email });
      told.push(page.text.replaceAll(email, ""));
    }
    expect(told[0]).toBe(told[1]);
    await expect.poll(() => here.people.mails.length).toBe(1);
    const path = /(\/reset\/[\w-]{43})/.exec(here.people.mails[0]?.text ?? "")?.[1] ?? "";
    const password = "another good password";
    const reset = await here.browser().send(path, { password });
    expect(reset.to).toBe("/sign-in");
    const credentials = { email: adminOf(here.tenant), password };
    expect((await here.browser().send("/sign-in", credentials)).to).toBe("/");
  });

  test("to sign up is sent only where the hub is open, and makes a subscriber", async () => {
    const here = await stage();
    const email = "new@x.example";
    expect((await here.browser().open("/sign-up")).text).toContain("by invitation");
    Object.assign(here.people.deps, { signUp: "open" });
    expect((await here.browser().send("/sign-up", { email })).text).toContain("on its way");
    await here.browser().send("/sign-up", { email: adminOf(here.tenant) });
    await expect.poll(() => here.people.mails.length).toBe(2);
    const first = here.people.mails.find(({ to }) => to === email);
    const second = here.people.mails.find(({ to }) => to !== email);
    expect(second?.text).toContain("have an account at Lockstep already");
    const path = /(\/join\/[\w-]{43})/.exec(first?.text ?? "")?.[1] ?? "";
    const one = here.browser();
    await one.send(path, { name: "New", password: PASSWORD });
    expect((await one.open("/security")).text).toContain(email);
    expect((await one.open("/people")).status).toBe(403);
  });
});

test("who has lost their second factor is let in by an admin, and every session ends", async () => {
  const here = await stage();
  const admin = await signedIn(here);
  const begun = await admin.send("/security/totp", {});
  const seed = /name="seed" value="(\w+)"/.exec(begun.text)?.[1] ?? "";
  await admin.send("/security/totp/confirm", {
    seed,
    code: await codeAt(seed, here.people.clock.at),
  });
  const path = /href="(\/people\/[\w-]+)"/.exec((await admin.open("/people")).text)?.[1] ?? "";
  expect((await admin.open(path)).text).toContain("Take the second factor off");
  expect((await admin.send(`${path}/factor`, {})).to).toBe(path);
  expect((await admin.open("/security")).status).toBe(401);
  expect((await (await signedIn(here)).open("/security")).status).toBe(200);
  expect((await (await signedIn(here)).send("/people/x/factor", {})).status).toBe(404);
});

describe("another address", () => {
  const linkIn = (text: string | undefined): string =>
    /(\/verify\/[\w-]{43})/.exec(text ?? "")?.[1] ?? "";

  test("counts once the link that is sent there was followed, and the one before is told", async () => {
    const here = await stage();
    const admin = await signedIn(here);
    expect((await admin.open("/security")).text).toContain("not verified");
    const email = "new@other.example";
    expect((await admin.send("/security/email", { email: "none" })).status).toBe(400);
    expect((await admin.send("/security/email", { email })).to).toBe("/security");
    const { mails } = here.people;
    const path = linkIn(mails.find(({ to }) => to === email)?.text);
    expect((await admin.open("/security")).text).toContain(adminOf(here.tenant));
    const other = here.browser();
    expect((await other.open(path)).text).toContain(email);
    expect((await other.send(path, {})).to).toBe("/security");
    expect((await other.send(path, {})).status).toBe(404);
    expect(mails.at(-1)).toMatchObject({ to: adminOf(here.tenant) });
    const page = await admin.open("/security");
    expect(page.text).toContain(`value="${email}"`);
    expect(page.text).not.toContain("not verified");
    const again = await here.browser().send("/sign-in", { email, password: PASSWORD });
    expect(again.to).toBe("/");
    const old = { email: adminOf(here.tenant), password: PASSWORD };
    expect((await here.browser().send("/sign-in", old)).status).toBe(400);
  });

  test("that somebody has is told so there, and nowhere else", async () => {
    const here = await stage();
    const admin = await signedIn(here);
    const url = await invite(here.people.deps, await principalOf(here), {
      ...{ email: "eve@z.example", roles: ["investor"] },
    });
    await here.browser().send(new URL(url).pathname, { name: "Eve", password: PASSWORD });
    const asked = await admin.send("/security/email", { email: "eve@z.example" });
    expect(asked.to).toBe("/security");
    expect(here.people.mails.at(-1)).toMatchObject({ to: "eve@z.example" });
    expect(linkIn(here.people.mails.at(-1)?.text)).toBe("");
  });

  test("is asked for in vain where the hub sends no mail", async () => {
    const here = await stage({ mail: false });
    const admin = await signedIn(here);
    expect((await admin.open("/security")).text).toContain("sends no mail");
    expect((await admin.send("/security/email", { email: "a@b.example" })).status).toBe(400);
  });
});

test("the key of the second factor is a picture too, for an app to look at", async () => {
  const admin = await signedIn(await stage());
  const { text } = await admin.send("/security/totp", {});
  expect(text).toMatch(/<svg class="qr" viewBox="0 0 \d+ \d+" role="img"/);
});

describe("what is dangerous", () => {
  test("asks for a fresh proof, and leads back", async () => {
    const here = await stage();
    const admin = await signedIn(here);
    here.people.clock.at += 6 * 60_000;
    const stale = await admin.send("/people", { email: "e@x.example", role: "investor" });
    expect([stale.status, stale.text]).toEqual([
      403,
      expect.stringContaining("/confirm?next&#x3D;%2Fpeople"),
    ]);
    expect((await admin.open("/keys")).text).toContain("/confirm?next&#x3D;%2Fkeys");
    for (const path of ["/security/totp", "/security/totp/end", "/security/password"]) {
      expect((await admin.send(path, {})).status, path).toBe(403);
    }
    const wrong = await admin.send("/confirm", { password: "wrong", next: "/people" });
    expect(wrong.status).toBe(400);
    const right = await admin.send("/confirm", { password: PASSWORD, next: "/people" });
    expect(right.to).toBe("/people");
    const made = await admin.send("/people", { email: "e@x.example", role: "investor" });
    expect(made.status).toBe(200);
  });

  test("a key's secret is on the page that made it and on no other", async () => {
    const here = await stage();
    const admin = await signedIn(here);
    const bad = await admin.send("/keys", { name: "", mode: "live", scope: "accounts:read" });
    expect([bad.status, bad.text]).toEqual([
      400,
      expect.stringContaining("Name: 1 to 100 characters"),
    ]);
    const wanted = { name: "<b>bot</b>", mode: "test", scope: ["accounts:read"], days: "30" };
    const made = await admin.send("/keys", wanted);
    const [secret = ""] = /ck_test_[\w-]{43}/.exec(made.text) ?? [];
    expect(secret).not.toBe("");
    const listed = (await admin.open("/keys")).text;
    expect(listed).toContain("&lt;b&gt;bot&lt;/b&gt;");
    expect(listed).not.toContain(secret);
    const key = /name="key" value="([\w-]+)"/.exec(listed)?.[1] ?? "";
    expect((await admin.send("/keys/revoke", { key })).to).toBe("/keys");
    expect((await admin.open("/keys")).text).toContain("revoked");
  });

  test("a person's roles, accounts and access are set, and another tenant's is not found", async () => {
    const [here, there] = [await stage(), await stage()];
    const admin = await signedIn(here);
    const url = await invite(here.people.deps, await principalOf(here), {
      ...{ email: "eve@y.example", roles: ["investor"] },
    });
    const eve = here.browser();
    await eve.send(new URL(url).pathname, { name: "Eve", password: PASSWORD });
    const list = (await admin.open("/people")).text;
    const path = [...list.matchAll(/href="(\/people\/[\w-]+)">(\w+)/g)].find(
      ([, , name]) => name === "Eve",
    )?.[1];
    expect((await admin.send(`${path}/roles`, { role: ["provider"] })).to).toBe(path);
    expect((await admin.open(path ?? "")).text).toContain("<dd>provider</dd>");
    await admin.send(`${path}/disabled`, { disabled: "yes" });
    expect((await eve.open("/security")).status).toBe(401);
    const other = await signedIn(there);
    for (const what of ["", "/nowhere"]) {
      expect((await other.open(`${path}${what}`)).status).toBe(404);
    }
    expect((await other.send(`${path}/roles`, { role: "admin" })).status).toBe(404);
  });
});

const principalOf = async ({ people, tenant, browser }: Stage) => {
  const one = browser();
  await one.send("/sign-in", { email: adminOf(tenant), password: PASSWORD });
  const token = one.cookies.get("__Host-lockstep-session") ?? "";
  return people.principal({ token } as never);
};

test("the audit shows who, from where, before and after, and its table holds no formula", async () => {
  const here = await stage();
  const admin = await signedIn(here);
  const entry = { tenantId: tenantIdOf(here.tenant), by: "=HYPERLINK(1)", address: "192.0.2.9" };
  await inTenant(database.sql, entry.tenantId, (tx) =>
    recordAudit(tx, { ...entry, action: "<i>", subject: "+1", before: { a: 1 }, after: { a: 2 } }),
  );
  const page = (await admin.open("/audit?q=HYPERLINK")).text;
  for (const words of ["192.0.2.9", "&lt;i&gt;", "{&quot;a&quot;:1}", "{&quot;a&quot;:2}"]) {
    expect(page).toContain(words);
  }
  expect(page).not.toContain("set the hub up");
  expect((await admin.open("/audit")).text).toContain("set the hub up");
  expect((await admin.open("/audit?q=%25")).text).toContain("Nothing contains");
  const csv = (await admin.open("/audit.csv?q=HYPERLINK")).text;
  expect(csv).toContain(",'=HYPERLINK(1),192.0.2.9,<i>,'+1,");
});
