/** `npm run docs`: writes the pages of docs/ that are made from the code. Build first. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientSource } from "../dist/src/api/client-source.js";
import { REFERENCE_PAGES } from "../dist/src/explain/reference.js";
import { packageRoot } from "../dist/src/platform/package-root.js";
import { CLIENT, describedRoutes } from "../dist/src/rest.js";

writeFileSync(join(packageRoot(), CLIENT), clientSource(describedRoutes()));
for (const [path, page] of Object.entries(REFERENCE_PAGES)) {
  writeFileSync(join(packageRoot(), path), page());
}
