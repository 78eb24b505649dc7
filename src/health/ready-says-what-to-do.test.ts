import { expect, test } from "vitest";
import { type ReadyFacts, readyChecks } from "./checks.ts";

const WELL: ReadyFacts = {
  draining: false,
  ledger: { value: true },
  schema: { value: { at: 8, needed: 8 } },
  queue: { value: 0 },
  queueFooting: "redis",
  leases: { held: 64, sure: 64, turnAgeMs: 300 },
  stuck: [],
};

const failingOf = (change: Partial<ReadyFacts>) =>
  readyChecks({ ...WELL, ...change }).filter(({ ok }) => !ok);

test("a process that can work says so by every check", () => {
  expect(failingOf({})).toEqual([]);
  expect(readyChecks(WELL).map(({ name }) => name)).toEqual([
    ...["ledger", "schema", "queue", "leases", "lanes"],
  ]);
});

test.each<[string, Partial<ReadyFacts>]>([
  ["ledger", { ledger: { fault: "does not answer" } }],
  ["schema", { schema: { value: { at: 7, needed: 8 } } }],
  ["queue", { queue: { fault: "does not answer" } }],
  ["queue", { queue: { value: 100_000 } }],
  ["leases", { leases: { held: 0, sure: 0, turnAgeMs: null } }],
  ["leases", { leases: { held: 3, sure: 2, turnAgeMs: 2_800 } }],
  ["lanes", { stuck: [{ account: "Anna", ageMs: 61_000 }] }],
  ["draining", { draining: true }],
])("what is wrong with %s fails that check alone, and says what to do", (name, change) => {
  const failing = failingOf(change);
  expect(failing.map((check) => check.name)).toEqual([name]);
  expect(failing[0]?.help ?? "").toMatch(/^[a-z].{10,}/);
});
