/** Bundles what runs in a browser into dist/assets: one file for every page, one for charts, one for passkeys. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, "dist", "assets");
mkdirSync(outdir, { recursive: true });

const common = { outdir, bundle: true, minify: true, logLevel: "warning" };
const scripts = { ...common, format: "esm", target: "es2022", legalComments: "none" };

for (const name of ["portal.ts", "passkey.ts"]) {
  await build({ ...scripts, entryPoints: [join(root, "browser", name)] });
}
await build({
  ...scripts,
  entryPoints: [join(root, "browser", "chart.ts")],
  banner: { js: "/*! with uPlot, (c) Leon Sorokin, MIT licence */" },
});
await build({ ...common, entryPoints: [join(root, "browser", "chart.css")] });
