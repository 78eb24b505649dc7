import { generate } from "otplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tenantIdOf } from "../../hub/enrol.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { adminOf, HERE, PASSWORD, type TestPeople, testPeople } from "../../testing/people.ts";
import { invite, join, requestReset, resetPassword, setupToken } from "./links.ts";
import { listPeople, setAccounts, setDisabled, setRoles } from "./manage.ts";
import { beginTotp, confirmTotp, endTotp } from "./second-factor.ts";
import {
  endSession,
  findSession,
  listSessions,
  principalOfSession,
  revokeSession,
  SESSION_MS_MAX,
} from "./sessions.ts";
import { giveSecondFactor, signIn, stepUp } from "./sign-in.ts";

const refused = { code: "UNAUTHENTICATED" };
let database: TestDatabase;
let number = 0;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

async function stage(options: Parameters<typeof testPeople>[1] = {}) {
  number += 1;
  const tenant = `tenant-${number}`;
  const people = testPeople(database, options);
  const { opened, principal } = await people.admin(tenant);
  const credentials = { email: adminOf(tenant), password: PASSWORD };
  return { tenant, people, deps: people.deps, opened, admin: principal, credentials };
}

const tokenIn = (text: string): string => /\/(?:join|reset)\/([\w-]{43})/.exec(text)?.[1] ?? "";
const codeAt = (seed: string, ms: number) => generate({ secret: seed, epoch: ms / 1_000 });

/** Switches one-time codes on, and moves past the code that was used for it. */
async function withTotp({ deps, clock }: TestPeople, admin: Parameters<typeof beginTotp>[1]) {
  const { seed } = await beginTotp(deps, admin);
  const codes = await confirmTotp(deps, admin, await codeAt(seed, clock.at));
  clock.at += 60_000;
  return { seed, codes };
}

describe("the first admin", () => {
  test("comes in by a token that works once, and no other is made while there is one", async () => {
    const { deps, tenant, admin } = await stage();
    expect(admin.roles).toEqual(["admin"]);
    expect(admin.accounts).toBe("all");
    expect(await setupToken(deps, tenantIdOf(tenant))).toBeNull();
  });

  test("cannot be taken away while nobody else is one", async () => {
    const { deps, admin } = await stage();
    const personId = admin.actor.id;
    const last = { code: "BAD_INPUT" };
    await expect(setRoles(deps, admin, { personId, roles: ["operator"] })).rejects.toMatchObject(
      last,
    );
    await expect(setDisabled(deps, admin, { personId, disabled: true })).rejects.toMatchObject(
      last,
    );
  });
});

describe("a password", () => {
  test("opens a session with a token that is kept as a hash only", async () => {
    const { deps, credentials } = await stage();
    const { token } = await signIn(deps, credentials, HERE);
    expect(await principalOfSession(deps, token, null)).not.toBeNull();
    const rows = await database.admin`select to_jsonb(t)::text as row from sessions t
      union all select to_jsonb(p)::text from people p union all select to_jsonb(a)::text from audit a`;
    for (const { row } of rows) {
      expect(row).not.toContain(token);
      expect(row).not.toContain(PASSWORD);
    }
  });

  test("that is wrong is answered as an address that nobody has", async () => {
    const { deps, credentials } = await stage();
    const told: unknown[] = [];
    for (const email of [credentials.email, "nobody@nowhere.example"]) {
      told.push(await signIn(deps, { email, password: "wrong" }, HERE).catch(String));
    }
    expect(told[0]).toBe(told[1]);
    expect(told[0]).toMatch(/^LockstepError: UNAUTHENTICATED/);
  });

  test("is guessed at a few times and then has to wait, from there only", async () => {
    const { deps, credentials } = await stage({ limits: { perAccount: 3 } });
    for (let guess = 0; guess < 3; guess += 1) {
      await expect(signIn(deps, { ...credentials, password: "wrong" }, HERE)).rejects.toMatchObject(
        refused,
      );
    }
    await expect(signIn(deps, credentials, HERE)).rejects.toMatchObject({ code: "LIMIT_REACHED" });
    const elsewhere = { ...HERE, address: "198.51.100.9" };
    await expect(signIn(deps, credentials, elsewhere)).resolves.toBeDefined();
  });

  test.each(["short", "aaaaaaaaaaaa", "password12"])("%s is refused", async (password) => {
    const { deps, admin } = await stage();
    const url = await invite(deps, admin, { email: "a@b.example", roles: ["investor"] });
    const link = { token: tokenIn(url), kind: "invitation" as const };
    await expect(join(deps, link, { name: "A", password }, HERE)).rejects.toMatchObject({
      code: "BAD_INPUT",
      context: { field: "password" },
    });
  });
});

describe("a second factor", () => {
  test("is asked for once it is set up, and half a sign-in opens nothing", async () => {
    const { people, deps, admin, credentials } = await stage();
    const { seed } = await withTotp(people, admin);
    const half = await signIn(deps, credentials, HERE);
    expect(half.session.isFull).toBe(false);
    expect(await principalOfSession(deps, half.token, null)).toBeNull();
    const full = await giveSecondFactor(
      deps,
      half.token,
      await codeAt(seed, people.clock.at),
      HERE,
    );
    expect(await people.principal(full)).toMatchObject({ steppedUpAt: people.clock.at });
    expect(await findSession(deps, half.token)).toBeNull();
  });

  test("counts once: the same code is refused the second time, by two at once also", async () => {
    const { people, deps, admin, credentials } = await stage();
    const { seed } = await withTotp(people, admin);
    const code = await codeAt(seed, people.clock.at);
    const halves = await Promise.all([1, 2].map(() => signIn(deps, credentials, HERE)));
    const ended = await Promise.allSettled(
      halves.map(({ token }) => giveSecondFactor(deps, token, code, HERE)),
    );
    expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("is replaced by a recovery code, which counts once", async () => {
    const { people, deps, admin, credentials } = await stage();
    const { codes } = await withTotp(people, admin);
    const [code = ""] = codes;
    expect(codes).toHaveLength(10);
    const first = await signIn(deps, credentials, HERE);
    await giveSecondFactor(deps, first.token, code.toUpperCase().replace(/-/g, " "), HERE);
    const second = await signIn(deps, credentials, HERE);
    await expect(giveSecondFactor(deps, second.token, code, HERE)).rejects.toMatchObject(refused);
  });

  test("is switched off, and another can be set up then", async () => {
    const { people, deps, admin, credentials } = await stage();
    await withTotp(people, admin);
    await expect(beginTotp(deps, admin)).rejects.toMatchObject({ code: "BAD_INPUT" });
    await endTotp(deps, admin);
    const { session } = await signIn(deps, credentials, HERE);
    expect(session.isFull).toBe(true);
    await expect(beginTotp(deps, admin)).resolves.toBeDefined();
  });

  test("stays in place when the password is set anew", async () => {
    const { people, deps, admin, credentials, opened } = await stage();
    await withTotp(people, admin);
    await requestReset(deps, credentials.email);
    const token = tokenIn(people.mails.at(-1)?.text ?? "");
    const password = "another good password";
    await resetPassword(deps, token, password, HERE);
    await expect(resetPassword(deps, token, password, HERE)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await findSession(deps, opened.token)).toBeNull();
    const { session } = await signIn(deps, { ...credentials, password }, HERE);
    expect(session.isFull).toBe(false);
  });
});

describe("a session", () => {
  test("ends when it was idle, when it lasted too long, and when it is revoked", async () => {
    const { people, deps, opened, admin, credentials } = await stage();
    const { clock } = people;
    const beganAt = clock.at;
    const alive = async (token: string) => (await principalOfSession(deps, token, null)) !== null;
    clock.at += 14 * 60_000;
    expect(await alive(opened.token)).toBe(true);
    clock.at += 16 * 60_000;
    expect(await alive(opened.token)).toBe(false);
    const { token, session } = await signIn(deps, credentials, HERE);
    const other = await signIn(deps, credentials, HERE);
    expect(await listSessions(deps, admin)).toHaveLength(2);
    await revokeSession(deps, admin, session.sessionId);
    expect(await alive(token)).toBe(false);
    await endSession(deps, other.token);
    expect(await alive(other.token)).toBe(false);
    const long = await signIn(deps, credentials, HERE);
    for (const end = clock.at + SESSION_MS_MAX; clock.at < end; clock.at += 600_000) {
      expect(await alive(long.token)).toBe(true);
    }
    expect(await alive(long.token)).toBe(false);
    expect(clock.at).toBeGreaterThan(beganAt);
  });

  test("is raised by a fresh proof under another token, and the old one is worth nothing", async () => {
    const { deps, opened, people } = await stage();
    people.clock.at += 600_000;
    await expect(stepUp(deps, opened.token, { password: "wrong" }, HERE)).rejects.toMatchObject(
      refused,
    );
    const raised = await stepUp(deps, opened.token, { password: PASSWORD }, HERE);
    expect(raised.token).not.toBe(opened.token);
    expect(await findSession(deps, opened.token)).toBeNull();
    expect(await people.principal(raised)).toMatchObject({ steppedUpAt: people.clock.at });
  });
});

describe("people", () => {
  test("join by an invitation that works once, with the roles it says and no account yet", async () => {
    const { deps, admin, people } = await stage();
    const url = await invite(deps, admin, { email: " Eve@Example.org ", roles: ["investor"] });
    expect(people.mails.at(-1)?.to).toBe("eve@example.org");
    const link = { token: tokenIn(url), kind: "invitation" as const };
    const joining = { name: "Eve", password: PASSWORD };
    const opened = await join(deps, link, joining, HERE);
    const eve = await people.principal(opened);
    expect(eve).toMatchObject({ roles: ["investor"], accounts: new Set() });
    await expect(join(deps, link, joining, HERE)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await setDisabled(deps, admin, { personId: eve.actor.id, disabled: true });
    expect(await findSession(deps, opened.token)).toBeNull();
    await expect(
      signIn(deps, { email: "eve@example.org", password: PASSWORD }, HERE),
    ).rejects.toMatchObject(refused);
  });

  test("of another tenant are neither seen nor changed", async () => {
    const ours = await stage();
    const theirs = await stage();
    expect(await listPeople(ours.deps, ours.admin)).toHaveLength(1);
    const personId = theirs.admin.actor.id;
    const unknown = { code: "NOT_FOUND" };
    await expect(
      setRoles(ours.deps, ours.admin, { personId, roles: ["admin"] }),
    ).rejects.toMatchObject(unknown);
    const accounts = ["11111111-1111-5111-8111-111111111111"];
    await expect(
      setAccounts(ours.deps, ours.admin, { personId: ours.admin.actor.id, accounts }),
    ).rejects.toMatchObject(unknown);
  });
});
