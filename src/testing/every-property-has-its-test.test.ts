// The page of rules promises that these hold whatever is drawn: each must be there, and draw.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/replication-rules.md", "utf8");
const section = page.slice(page.indexOf("## What holds whatever is drawn"));
const named = [...section.matchAll(/`(src\/[^`]+\.test\.ts)` "([^"]+)"/g)];

test("there are nine", () => expect(named).toHaveLength(9));

test.each(named.map(([, file = "", title = ""]) => [title, file]))("%s", (title, file) => {
  const text = readFileSync(file, "utf8");
  const [, body = ""] = text.split(`test("${title}"`);
  expect(body.slice(0, 400)).toContain("fc.assert(");
});
