/** Protections whose absence shows in no simulated history: the tests that show it, and running them. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Protection } from "../../platform/protections.ts";

const LANE = "src/lane/each-protection-of-a-lane-matters.test.ts";
const RINGS = "src/queue/rings-before-it-clears.test.ts";
const VIEW = "src/hub/nothing-older-takes-back-what-was-heard.test.ts";

export const SHOWN_BY_TESTS: Readonly<Partial<Record<Protection, string>>> = {
  "closes-first": LANE,
  "one-order-a-net": LANE,
  "served-only": LANE,
  "cancels-unsent-opens": LANE,
  "outrun-concludes-nothing": VIEW,
  "rung-before-cleared": RINGS,
  "late-rows-are-rung": RINGS,
};

/** The test that runs with the protection switched off, and fails where that changes nothing. */
export const absenceOf = (name: Protection): string => `${name}: its absence is seen`;

type Report = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
};

/** Of the names, those whose test was run and passed. */
export async function shown(): Promise<ReadonlySet<string>> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-mutants-"));
  try {
    const outputFile = join(folder, "report.json");
    await run([...new Set(Object.values(SHOWN_BY_TESTS))], outputFile);
    const { testResults } = JSON.parse(readFileSync(outputFile, "utf8")) as Report;
    const passed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === "passed")
      .map(({ title }) => title);
    const names = Object.keys(SHOWN_BY_TESTS) as Protection[];
    return new Set(names.filter((name) => passed.includes(absenceOf(name))));
  } catch (error) {
    // No report: none of them was shown, which fails the run; why is told beside it.
    process.stderr.write(`the tests of protections did not run: ${error}\n`);
    return new Set();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends whatever its outcome: the report tells that. */
function run(files: readonly string[], outputFile: string): Promise<void> {
  const vitest = dirname(createRequire(import.meta.url).resolve("vitest/package.json"));
  const options = ["--project", "unit", "--reporter=json", `--outputFile=${outputFile}`];
  const args = [join(vitest, "vitest.mjs"), "run", ...options, ...files];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 120_000 }, () => resolve());
  });
}
