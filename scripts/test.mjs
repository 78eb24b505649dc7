/**
 * `npm test`: compiles (the tests that start processes run dist/), runs every project of vitest,
 * and ends with one plain line of what its report counted. Exits as vitest does. Arguments go on to
 * vitest: `npm test -- src/lane`.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "lockstep-report-"));
const report = join(folder, "report.json");

try {
  process.exitCode = compile() ? await test() : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function compile() {
  const { status } = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) console.log("The build failed, so nothing was tested.\n0 passed, 1 failed");
  return status === 0;
}

async function test() {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")));
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const args = [join(vitest, "vitest.mjs"), "run", ...reporters, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.on("exit", (exit, signal) => resolve(exit ?? (signal === null ? 1 : 128)));
  });
  summarise(code);
  return code;
}

function summarise(code) {
  const counted = count();
  if (code !== 0 && counted.failed === 0) {
    console.log("vitest failed outside of any test: see above.");
    counted.failed = 1;
  }
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    console.log("The Redis footing was not run: redis-server is not installed.");
  }
  const skipped = counted.skipped > 0 ? `, ${counted.skipped} skipped` : "";
  console.log(`${counted.passed} passed, ${counted.failed} failed${skipped}`);
}

/** A file that could not be loaded has no tests, and counts as one that failed. */
function count() {
  try {
    const read = JSON.parse(readFileSync(report, "utf8"));
    const unloaded = read.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    );
    return {
      passed: read.numPassedTests,
      failed: read.numFailedTests + unloaded.length,
      skipped: read.numPendingTests + read.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
