// A dead path in the docs misleads a newcomer: every relative link and every `src/…` path must exist.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

test("sees the docs", () => {
  expect(pages.length).toBeGreaterThan(3);
});
test.each(pages)("%s names only what exists", (page) => {
  const text = readFileSync(page, "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) =>
    join(dirname(page), match[1] ?? ""),
  );
  const paths = [...text.matchAll(/`((?:src|migrations|workers|templates|docs)\/[\w./-]+)`/g)].map(
    (match) => match[1] ?? "",
  );
  expect([...links, ...paths].filter((path) => !existsSync(path))).toEqual([]);
});
