/** `npm run docs`: writes the pages of docs/ that are made from the code. Build first. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { REFERENCE_PAGES } from "../dist/src/explain/reference.js";
import { packageRoot } from "../dist/src/platform/package-root.js";

for (const [path, page] of Object.entries(REFERENCE_PAGES)) {
  writeFileSync(join(packageRoot(), path), page());
}
