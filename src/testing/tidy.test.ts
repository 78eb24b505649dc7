// Checks properties of the code base itself: import direction, purity, size.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const FLOW = ["master", "queue", "follower", "lane", "reconcile"];
/** In a stage only these do I/O; ledger.ts holds statements that several stores share. */
const SHELL_FILES = new Set(["store.ts", "service.ts", "ledger.ts"]);
const PURE_PACKAGES = new Set(["zod", "node:crypto"]); // node:crypto for hashing only
const LINES_MAX = 400;
const LINES_P90_MAX = 220;
const LINES_MEDIAN_MAX = 110;

const files = ["src", "workers"]
  .flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => join(root, path)),
  )
  .filter((path) => path.endsWith(".ts"));
const isTest = (path: string): boolean =>
  path.endsWith(".test.ts") || path.startsWith("src/testing/") || path.includes("/conformance");
const lines = (path: string): number => readFileSync(path, "utf8").split("\n").length;

type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };
const imports: Import[] = files.flatMap((from) =>
  [
    ...readFileSync(from, "utf8").matchAll(
      /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+["']([^"']+)["']/gm,
    ),
  ].map((match) => {
    const specifier = match[2] ?? "";
    const to = specifier.startsWith(".") ? normalize(join(dirname(from), specifier)) : specifier;
    return { from, to, typeOnly: match[1] !== undefined };
  }),
);
const stage = (path: string): string => path.split("/")[1] ?? "";
const base = (path: string): string => path.split("/").at(-1) ?? "";
const isPure = (path: string): boolean =>
  path.startsWith("src/domain/") ||
  (FLOW.includes(stage(path)) && stage(path) !== "queue" && !SHELL_FILES.has(base(path)));

const rules: ReadonlyArray<{ readonly name: string; readonly breaks: (edge: Import) => boolean }> =
  [
    {
      name: "src never imports workers",
      breaks: ({ from, to }) => from.startsWith("src/") && to.startsWith("workers/"),
    },
    {
      name: "domain imports nothing but domain and hashing",
      breaks: ({ from, to }) =>
        from.startsWith("src/domain/") && !to.startsWith("src/domain/") && to !== "node:crypto",
    },
    {
      name: "a stage never imports a later stage",
      breaks: ({ from, to }) =>
        FLOW.includes(stage(from)) && FLOW.indexOf(stage(to)) > FLOW.indexOf(stage(from)),
    },
    {
      name: "a stage never imports what stands over the stages",
      breaks: ({ from, to }) =>
        FLOW.includes(stage(from)) && /^src\/(hub|live|portal|replay|demo|bench|cli)\//.test(to),
    },
    {
      name: "only the owning folder and deps.ts import a store (its types are free)",
      breaks: ({ from, to, typeOnly }) =>
        !typeOnly && base(to) === "store.ts" && stage(from) !== stage(to) && from !== "src/deps.ts",
    },
    {
      name: "an adapter never imports a sibling adapter",
      breaks: ({ from, to }) =>
        /^src\/gateway\/[\w-]+\//.test(from) &&
        /^src\/gateway\/[\w-]+\//.test(to) &&
        from.split("/")[2] !== to.split("/")[2],
    },
    {
      name: "pure files import no I/O",
      breaks: ({ from, to, typeOnly }) =>
        isPure(from) &&
        !typeOnly &&
        (to.startsWith("src/platform/") || (!to.startsWith("src/") && !PURE_PACKAGES.has(to))),
    },
  ];

test("sees the code base", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(300);
});
test.each(rules)("$name", ({ breaks }) => {
  const broken = imports
    .filter((edge) => !isTest(edge.from) && breaks(edge))
    .map(({ from, to }) => `${from} -> ${to}`);
  expect(broken).toEqual([]);
});
test("pure files read no clock, environment, randomness or network", () => {
  const banned = /\b(Date\.now|new Date\(\)|Math\.random|process\.|fetch\(|setTimeout|setInterval)/;
  expect(
    files.filter(
      (path) => isPure(path) && !isTest(path) && banned.test(readFileSync(path, "utf8")),
    ),
  ).toEqual([]);
});
test(`files are small: none over ${LINES_MAX} lines, nine in ten under ${LINES_P90_MAX}`, () => {
  const code = files.filter((path) => !isTest(path));
  expect(code.filter((path) => lines(path) > LINES_MAX)).toEqual([]);
  const sizes = code.map(lines).sort((a, b) => a - b);
  expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(LINES_P90_MAX);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(LINES_MEDIAN_MAX);
});
