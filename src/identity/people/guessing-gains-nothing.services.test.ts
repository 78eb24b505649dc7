import { generate } from "otplib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTenant } from "../../platform/postgres.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { adminOf, HERE, PASSWORD, testPeople } from "../../testing/people.ts";
import { ATTEMPT_LIMITS, Attempts } from "./attempts.ts";
import { beginTotp, confirmTotp } from "./second-factor.ts";
import { giveSecondFactor, signIn } from "./sign-in.ts";
import { readPeople } from "./store.ts";

const GUESSES = 1_000;
let database: TestDatabase;
let number = 0;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

/** As a hub limits it. */
async function stage() {
  number += 1;
  const tenant = `guessed-${number}`;
  const people = testPeople(database, { limits: ATTEMPT_LIMITS });
  const { principal } = await people.admin(tenant);
  return { people, deps: people.deps, email: adminOf(tenant), principal };
}

/** How each of many tries ended, by code. */
async function codesOf(times: number, attempt: (index: number) => Promise<unknown>) {
  const codes = new Map<string, number>();
  for (let index = 0; index < times; index += 1) {
    const code = await attempt(index).then(
      () => "DONE",
      (error: { readonly code?: string }) => error.code ?? String(error),
    );
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return Object.fromEntries(codes);
}

test("of a thousand passwords a few are looked at", async () => {
  const { deps, email } = await stage();
  const tried = await codesOf(GUESSES, (index) =>
    signIn(deps, { email, password: `a guess ${index}` }, HERE),
  );
  const { perAccount } = ATTEMPT_LIMITS;
  expect(tried).toEqual({ UNAUTHENTICATED: perAccount, LIMIT_REACHED: GUESSES - perAccount });
  await expect(signIn(deps, { email, password: PASSWORD }, HERE)).rejects.toMatchObject({
    code: "LIMIT_REACHED",
  });
});

test("one password for a thousand addresses is tried at a few, known or not", async () => {
  const { deps } = await stage();
  const tried = await codesOf(GUESSES, (index) =>
    signIn(deps, { email: `person${index}@x.example`, password: PASSWORD }, HERE),
  );
  const { perAddress } = ATTEMPT_LIMITS;
  expect(tried).toEqual({ UNAUTHENTICATED: perAddress, LIMIT_REACHED: GUESSES - perAddress });
});

test("of a thousand codes a few are looked at, and the right one has to wait as well", async () => {
  const { people, deps, email, principal } = await stage();
  const { seed } = await beginTotp(deps, principal);
  const codeNow = () => generate({ secret: seed, epoch: people.clock.at / 1_000 });
  await confirmTotp(deps, principal, await codeNow());
  people.clock.at += 60_000;
  const { token } = await signIn(deps, { email, password: PASSWORD }, HERE);
  const right = await codeNow();
  const tried = await codesOf(GUESSES, (index) => {
    const code = String(index).padStart(6, "0");
    return giveSecondFactor(deps, token, code === right ? "999999" : code, HERE);
  });
  const { perAccount } = ATTEMPT_LIMITS;
  expect(tried).toEqual({ UNAUTHENTICATED: perAccount, LIMIT_REACHED: GUESSES - perAccount });
  await expect(giveSecondFactor(deps, token, right, HERE)).rejects.toMatchObject({
    code: "LIMIT_REACHED",
  });
});

const SAMPLES = 15;
const COST = { memoryCost: 16_384, timeCost: 3 };

test("an address that nobody has takes as long as a wrong password", async () => {
  const { deps, email } = await stage();
  const slow = { ...deps, hashCost: COST, attempts: anyNumber() };
  await inTenant(
    database.sql,
    (await tenantOf(email)) ?? "",
    (tx) => tx`update people set password = ${HASH_OF_COST} where email = ${email}`,
  );
  const took = async (who: string): Promise<number> => {
    const began = performance.now();
    await signIn(slow, { email: who, password: "wrong" }, HERE).catch(() => {});
    return performance.now() - began;
  };
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    known.push(await took(email));
    unknown.push(await took("nobody@nowhere.example"));
  }
  const ratio = median(known) / median(unknown);
  // Without the hash that is made for nobody it is beyond ten.
  expect(ratio).toBeGreaterThan(0.6);
  expect(ratio).toBeLessThan(1.7);
});

test("what passwords cost to guess rises with the next sign-in", async () => {
  const { deps, email } = await stage();
  const dearer = { ...deps, hashCost: { memoryCost: 2_048, timeCost: 1 } };
  await signIn(dearer, { email, password: PASSWORD }, HERE);
  const tenantId = (await tenantOf(email)) ?? "";
  const [person] = await inTenant(database.sql, tenantId, (tx) => readPeople(tx, { email }));
  expect(person?.password).toMatch(/^\$argon2id\$v=19\$m=2048,t=1,p=1\$/);
  await expect(signIn(dearer, { email, password: PASSWORD }, HERE)).resolves.toBeDefined();
});

/** Made for COST; what it opens is of no matter here. */
const HASH_OF_COST = `$argon2id$v=19$m=16384,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$${"A".repeat(43)}`;

const anyNumber = () => new Attempts({ perAccount: 1e6, perAddress: 1e6, forgottenAfterS: 60 });

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function tenantOf(email: string): Promise<string | undefined> {
  const rows = await database.admin<{ id: string }[]>`
    select tenant_id as id from people where email = ${email}`;
  return rows[0]?.id;
}
