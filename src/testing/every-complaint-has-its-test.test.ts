// The page of complaints promises a test for each: a promise without its test would be worse than none.
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const COMPLAINTS = [
  "one order copied 2–6 times",
  "a reconcile that duplicated orders on restart",
  "misses when several open at once",
  "a second partial close not followed",
  "leftovers after flatten",
  "suffix mismatch",
  "a different size each time",
  "repeat of an order after a lost reply",
  "disconnects that never recover",
  "copies closed by hand and reopened",
  "filters that block closes",
  "silence about why nothing was copied",
];

const rows = new Map(
  readFileSync("docs/replication-complaints.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| complaint"))
    .map((line) => line.split(" | "))
    .filter((cells) => cells.length === 3)
    .map(([complaint = "", , proof = ""]) => [complaint.slice(2), proof] as const),
);

test("the page has all of them, and no others", () => {
  expect([...rows.keys()].filter((one) => !one.startsWith("---"))).toEqual(COMPLAINTS);
});

test.each(COMPLAINTS)("%s: each test named for it exists", (complaint) => {
  const named = [...(rows.get(complaint) ?? "").matchAll(/`(src\/[^`]+\.test\.ts)` "([^"]+)"/g)];
  expect(named.length).toBeGreaterThan(0);
  const lacking = named.filter(
    ([, path = "", title = ""]) =>
      !existsSync(path) || !readFileSync(path, "utf8").includes(`"${title}"`),
  );
  expect(lacking.map(([words]) => words)).toEqual([]);
});
