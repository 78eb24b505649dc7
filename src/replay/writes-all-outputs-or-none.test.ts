import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isLockstepError } from "../domain/errors.ts";
import { writeOutputs } from "./write-outputs.ts";

const files = [
  { name: "outcomes.csv", text: "a\n" },
  { name: "summary.json", text: "{}\n" },
];
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lockstep-outputs-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("a directory that was not there has all files, and nothing lies beside it", async () => {
  const out = join(directory, "deep", "out");
  await writeOutputs(out, files);
  expect(await readdir(out)).toEqual(["outcomes.csv", "summary.json"]);
  expect(await readFile(join(out, "outcomes.csv"), "utf8")).toBe("a\n");
  expect(await readdir(join(directory, "deep"))).toEqual(["out"]);
});

test("in a directory that was there only the files of these names are replaced", async () => {
  const out = join(directory, "out");
  await mkdir(out);
  await writeFile(join(out, "notes.txt"), "mine");
  await writeFile(join(out, "summary.json"), "old");
  await writeOutputs(out, files);
  expect(await readdir(out)).toEqual(["notes.txt", "outcomes.csv", "summary.json"]);
  expect(await readFile(join(out, "notes.txt"), "utf8")).toBe("mine");
  expect(await readFile(join(out, "summary.json"), "utf8")).toBe("{}\n");
  expect(await readdir(directory)).toEqual(["out"]);
});

test("a file in the way is bad input and stays as it is", async () => {
  const out = join(directory, "out");
  await writeFile(out, "mine");
  const error = await writeOutputs(out, files).catch((caught: unknown) => caught);
  expect(isLockstepError(error, "BAD_INPUT")).toBe(true);
  expect(await readFile(out, "utf8")).toBe("mine");
});

test("a write that fails leaves nothing behind", async () => {
  const bad = [...files, { name: "no/such/place.csv", text: "" }];
  await expect(writeOutputs(join(directory, "out"), bad)).rejects.toThrow();
  expect(await readdir(directory)).toEqual([]);
});
