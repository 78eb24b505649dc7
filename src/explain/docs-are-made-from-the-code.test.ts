import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../platform/package-root.ts";
import { REFERENCE_PAGES } from "./reference.ts";

test.each(Object.entries(REFERENCE_PAGES))("%s is what the code says", (path, page) => {
  expect(readFileSync(join(packageRoot(), path), "utf8")).toBe(page());
});
