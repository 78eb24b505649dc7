// What is installed with the hub: under licences that allow it, and without programs that run by themselves.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Locked = {
  readonly version?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
};

const LICENCES = new Set([
  ...["MIT", "MIT-0", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"],
  // As permissive, and each looked at.
  ...["0BSD", "Unlicense", "MIT OR Apache-2.0"],
]);
/** Only in the workshop: nothing of them is given away. */
const WORKSHOP = new Set(["MPL-2.0", "PSF-2.0"]);

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const { packages } = read("package-lock.json") as { packages: Record<string, Locked> };
const manifest = read("package.json") as Record<string, Record<string, string | boolean>>;
const locked = Object.entries(packages).filter(([path]) => path !== "");
const nameOf = (path: string): string => path.split("node_modules/").at(-1) ?? path;

test("sees the lockfile", () => expect(locked.length).toBeGreaterThan(100));

test("every version is pinned exactly, and what is fetched is known by its hash", () => {
  const wanted = Object.entries({ ...manifest["dependencies"], ...manifest["devDependencies"] });
  expect(
    wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version))),
  ).toEqual([]);
  const loose = locked.filter(([, one]) => one.resolved !== undefined && !one.integrity);
  expect(loose.map(([path]) => path)).toEqual([]);
});

test("every licence is one that allows what we do", () => {
  const strange = locked.filter(([, { license = "none", dev = false }]) => {
    return !(LICENCES.has(license) || (dev && WORKSHOP.has(license)));
  });
  expect(strange.map(([path, { license }]) => `${nameOf(path)}: ${license}`)).toEqual([]);
});

test("nothing runs at installation that was not allowed by name", () => {
  const allowed = manifest["allowScripts"] ?? {};
  const runs = locked.filter(([path, one]) => one.hasInstallScript && !allowed[nameOf(path)]);
  expect(runs.map(([path]) => nameOf(path))).toEqual([]);
});
