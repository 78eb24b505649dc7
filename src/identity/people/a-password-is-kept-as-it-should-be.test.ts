import { expect, test } from "vitest";
import { HASH_COST, hashPassword, isOutdated, isPassword, refuseWeak } from "./secrets.ts";

const CHEAP = { memoryCost: 1_024, timeCost: 1 };
const refused = { code: "BAD_INPUT", context: { field: "password" } };

test("as argon2id, for more than the least that OWASP asks for", async () => {
  expect(HASH_COST.memoryCost).toBeGreaterThanOrEqual(19 * 1_024);
  expect(HASH_COST.timeCost).toBeGreaterThanOrEqual(2);
  const hashed = await hashPassword("correct horse battery", HASH_COST);
  expect(hashed).toMatch(/^\$argon2id\$v=19\$m=32768,t=3,p=1\$/);
  expect(isOutdated(hashed, HASH_COST)).toBe(false);
  expect(isOutdated(await hashPassword("x", CHEAP), HASH_COST)).toBe(true);
  expect(isOutdated("$2b$10$abc", HASH_COST)).toBe(true);
});

test("whole, however long: what differs at the end is another one", async () => {
  const long = "a".repeat(255);
  const hashed = await hashPassword(`${long}b`, CHEAP);
  expect(await isPassword(`${long}b`, hashed, CHEAP)).toBe(true);
  expect(await isPassword(`${long}c`, hashed, CHEAP)).toBe(false);
  expect(await isPassword(long, hashed, CHEAP)).toBe(false);
  expect(await isPassword(`${long}b`.slice(0, 72), hashed, CHEAP)).toBe(false);
});

test("in any script, however a keyboard puts a letter together", async () => {
  const hashed = await hashPassword("cafe\u0301 \u5bc6\u7801 \ud83d\udd11", CHEAP);
  expect(await isPassword("caf\u00e9 \u5bc6\u7801 \ud83d\udd11", hashed, CHEAP)).toBe(true);
  expect(await isPassword("cafe \u5bc6\u7801 \ud83d\udd11", hashed, CHEAP)).toBe(false);
});

test("never what is no hash at all", async () => {
  for (const hashed of ["", "plain", "$argon2id$"]) {
    expect(await isPassword(hashed, hashed, CHEAP)).toBe(false);
  }
});

test.each([
  "short",
  "aaaaaaaaaaaa",
  "1q2w3e4r5t",
  "Qwertyuiop",
  "ada@example.org",
  "a".repeat(257),
])("%s is refused", (password) =>
  expect(refuseWeak(password, "ada@example.org")).rejects.toMatchObject(refused),
);

test("what is long, and of one kind of letter only, is taken", async () => {
  await expect(refuseWeak("correct horse battery staple", "a@b.example")).resolves.toBeUndefined();
  await expect(refuseWeak(`${"abcd".repeat(64)}`, "a@b.example")).resolves.toBeUndefined();
});
