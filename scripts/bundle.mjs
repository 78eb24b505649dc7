/** Bundles what runs in a browser into dist/assets: one file for every page, one for charts. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, "dist", "assets");
mkdirSync(outdir, { recursive: true });

await build({
  entryPoints: [join(root, "browser", "portal.ts")],
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
});
