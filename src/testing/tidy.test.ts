// Checks properties of the code base itself: import direction, purity, size. (The idea is TigerBeetle's src/tidy.zig.)
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const FLOW = ["master", "queue", "follower", "lane", "reconcile", "report", "billing"];
const SHELL_FILES = new Set(["store.ts", "service.ts", "ledger.ts"]);
const PURE_PACKAGES_ALLOWED = new Set(["zod", "decimal.js", "node:crypto"]); // node:crypto for createHash only
const LINES_PER_FILE_MAX = 400;

const files = ["src", "workers"]
  .flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => join(root, path)),
  )
  .filter((path) => path.endsWith(".ts"));
const isTest = (path: string): boolean =>
  path.endsWith(".test.ts") || path.startsWith("src/testing/");

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
      name: "domain imports only domain",
      breaks: ({ from, to }) => from.startsWith("src/domain/") && !to.startsWith("src/domain/"),
    },
    {
      name: "a stage never imports a later stage",
      breaks: ({ from, to }) =>
        FLOW.includes(stage(from)) && FLOW.indexOf(stage(to)) > FLOW.indexOf(stage(from)),
    },
    {
      name: "only the owning stage imports its store",
      breaks: ({ from, to }) => base(to) === "store.ts" && stage(from) !== stage(to),
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
        (to.startsWith("src/platform/") ||
          (!to.startsWith("src/") && !PURE_PACKAGES_ALLOWED.has(to))),
    },
  ];

test("sees the code base", () => {
  expect(files.length).toBeGreaterThan(10);
  expect(imports.length).toBeGreaterThan(10);
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
test(`no file is longer than ${LINES_PER_FILE_MAX} lines`, () => {
  expect(
    files.filter(
      (path) => !isTest(path) && readFileSync(path, "utf8").split("\n").length > LINES_PER_FILE_MAX,
    ),
  ).toEqual([]);
});
