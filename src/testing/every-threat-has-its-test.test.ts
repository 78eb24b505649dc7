// The page on security promises a test for each threat: a promise without its test is worse than none.
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const THREATS_MIN = 24;

const rows = readFileSync("docs/security.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (---|threat|permission|`)/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));

test("the page has all of them", () => {
  expect(rows.length).toBeGreaterThanOrEqual(THREATS_MIN);
  expect(new Set(rows.map(([threat]) => threat)).size).toBe(rows.length);
});

test.each(rows)("%s: what holds is said, and each test named for it exists", (...cells) => {
  expect(cells).toHaveLength(3);
  const named = [...(cells[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !/^src\/.+\.test\.ts$/.test(path) || !existsSync(path))).toEqual(
    [],
  );
});
