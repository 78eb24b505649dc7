// npm run test:mutation [-- FILE …]: changes the deciders one place at a time and counts what their
// unit tests notice. Without files all of them, one after the other. What was found is kept in
// reports/mutation, and docs/mutation.md is written anew from all that is there.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOOLS = "tools/mutation";
const REPORTS = "reports/mutation";
const SHELLS = new Set(["store.ts", "service.ts", "ledger.ts", "ports.ts", "surroundings.ts"]);
const GOAL = 85;

/** Pure files of follower/, and where positions are netted. */
function subjects() {
  const found = readdirSync("src/follower", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .filter((path) => !SHELLS.has(path.split("/").at(-1) ?? ""))
    .map((path) => join("src/follower", path));
  return [...found.sort(), "src/lane/closable.ts"];
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}

function mutate(file) {
  const report = join(REPORTS, `${file.replaceAll("/", "_")}.json`);
  const config = join(REPORTS, "stryker.config.json");
  const sandbox = mkdtempSync(join(tmpdir(), "lockstep-mutation-"));
  const settings = {
    testRunner: "vitest",
    vitest: { configFile: `${TOOLS}/vitest.config.ts`, related: false },
    plugins: [
      join(process.cwd(), TOOLS, "node_modules/@stryker-mutator/vitest-runner/dist/src/index.js"),
    ],
    mutate: [file],
    // Words are told to people; what they say is another test's concern.
    mutator: { excludedMutations: ["StringLiteral"] },
    coverageAnalysis: "perTest",
    ignoreStatic: true,
    concurrency: 1,
    reporters: ["json", "clear-text"],
    clearTextReporter: {
      allowColor: false,
      logTests: false,
      reportTests: false,
      reportMutants: false,
    },
    jsonReporter: { fileName: report },
    tempDirName: sandbox,
    // TypeScript 7 has no interface by which a tool could read it.
    tsconfigFile: "none.json",
    ignorePatterns: ["dist", "mql", "docs", "templates", "browser", "clients", REPORTS],
    timeoutMS: 20_000,
  };
  writeFileSync(config, JSON.stringify(settings));
  run(join(TOOLS, "node_modules/.bin/stryker"), ["run", config]);
  rmSync(sandbox, { recursive: true, force: true });
}

const isKilled = ({ status }) => status === "Killed" || status === "Timeout";
const isCounted = (one) =>
  isKilled(one) || one.status === "Survived" || one.status === "NoCoverage";
const percent = (part, whole) => (whole === 0 ? "–" : ((100 * part) / whole).toFixed(1));

/** What was found of each file, worst first. */
function found() {
  return readdirSync(REPORTS)
    .filter((name) => name.startsWith("src_") && name.endsWith(".json"))
    .flatMap((name) => Object.entries(JSON.parse(readFileSync(join(REPORTS, name), "utf8")).files))
    .map(([file, { source, mutants }]) => {
      const counted = mutants.filter(isCounted);
      return { file, source, counted, killed: counted.filter(isKilled).length };
    })
    .sort((a, b) => a.killed / a.counted.length - b.killed / b.counted.length);
}

function survivorLine({ source }, { location, replacement = "", mutatorName }) {
  const { start, end } = location;
  const line = source.split("\n")[start.line - 1] ?? "";
  const was =
    start.line === end.line ? line.slice(start.column - 1, end.column - 1) : `${line.trim()} …`;
  const short = (text) => text.replaceAll(/\s+/g, " ").replaceAll("`", "'").slice(0, 60);
  return `- line ${start.line}, ${mutatorName}: \`${short(was)}\` → \`${short(replacement)}\``;
}

function page(files) {
  const killed = files.reduce((sum, one) => sum + one.killed, 0);
  const all = files.reduce((sum, one) => sum + one.counted.length, 0);
  const missing = subjects().filter((path) => !files.some(({ file }) => file === path));
  const rows = files.map(
    ({ file, killed: own, counted }) =>
      `| \`${file}\` | ${counted.length} | ${own} | ${percent(own, counted.length)} |`,
  );
  const survivors = files.flatMap((one) => [
    `### ${one.file}`,
    ...one.counted.filter((mutant) => !isKilled(mutant)).map((mutant) => survivorLine(one, mutant)),
    "",
  ]);
  return `# Mutation run

This page is made by \`npm run test:mutation\`, which is no part of the tests that every change runs.
Stryker changes one place of a decider at a time, and the unit tests have to notice. Texts are left
alone, and so is what runs only once as a module is loaded. Tools and their versions stand apart from
the project's, in \`tools/mutation/\`; a single file is \`npm run test:mutation -- src/follower/caps.ts\`.

Of ${all} changes in ${files.length} files ${killed} were noticed: **${percent(killed, all)} %** (goal ${GOAL} %).
${missing.length === 0 ? "Every pure file of `src/follower/` is in it." : `Not measured yet: ${missing.map((path) => `\`${path}\``).join(", ")}.`}
A change that makes no difference cannot be noticed, and the runner now and then runs no test at all
for one, so that some of what is listed below did not survive in earnest.

| file | changes | noticed | % |
|---|---|---|---|
${rows.join("\n")}

## What survived
${survivors.join("\n")}`;
}

mkdirSync(REPORTS, { recursive: true });
if (!existsSync(join(TOOLS, "node_modules"))) run("npm", ["ci", "--prefix", TOOLS]);
const asked = process.argv.slice(2).filter((word) => word !== "--page");
const isPageOnly = process.argv.includes("--page");
if (!isPageOnly) for (const file of asked.length > 0 ? asked : subjects()) mutate(file);
writeFileSync("docs/mutation.md", page(found()));
