import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const WAY_IN = "src/identity/audit/record.ts";

test("nothing writes to the audit but the one function", () => {
  const files = ["src", "workers"]
    .flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => join(root, path)),
    )
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  const writers = files.filter((path) => /insert into audit\b/.test(readFileSync(path, "utf8")));
  expect(writers).toEqual([WAY_IN]);
});
