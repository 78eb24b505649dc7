import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Gateways open credentials; deps.ts hands them the means. */
const MAY = /^src\/(gateway\/|deps\.ts$)/;

test("only gateways and what wires them may open a credential", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((path) => join("src", path))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  expect(files.length).toBeGreaterThan(300);
  const importers = files.filter((path) =>
    /from "[^"]*credentials\/open\.ts"/.test(readFileSync(path, "utf8")),
  );
  expect(importers.filter((path) => !MAY.test(path))).toEqual([]);
});
