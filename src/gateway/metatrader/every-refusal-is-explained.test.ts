import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REFUSALS, type RefusalCode } from "./refusals.ts";

const page = readFileSync("docs/metatrader.md", "utf8");
const protocol = readFileSync("mql/PROTOCOL.md", "utf8");
const codes = Object.keys(REFUSALS) as RefusalCode[];
const rowOf = (text: string, code: string): string | undefined =>
  text.split("\n").find((row) => new RegExp(`^\\|[^|]*\\b${code}\\b`).test(row));

test.each(codes)("%s is in the table of troubles and in the protocol", (code) => {
  expect(rowOf(page, code)).toBeDefined();
  const [, , retry] = rowOf(protocol, code)?.split("|") ?? [];
  const { retryMs } = REFUSALS[code];
  if (retry?.trim() !== "given") expect(Number(retry)).toBe(retryMs);
});

/** What an Expert Advisor shows without the hub: pauses, returns, why it does not trade. */
const SHOWN =
  /(?:LsPause\(|LsComeBack\([^,()]*, |g_lsWords = [^"\n]*|Alert\("Lockstep: |return )"([A-Za-z][^"\n]* [^"\n]*)"/g;

const sources = ["mql/Include/Lockstep", "mql/Experts"].flatMap((folder) =>
  readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, "utf8")),
);
const shown = [...new Set(sources.flatMap((text) => [...text.matchAll(SHOWN)].map((at) => at[1])))];

test("there are messages of the panel", () => expect(shown.length).toBeGreaterThan(20));

test.each(shown)("the panel's “%s” is in the table", (words = "") => {
  const told = words.replace(/ \(error $|, allow.*$|: is the disk full\?$/, "").trim();
  expect(page.split("\n").some((row) => row.startsWith("|") && row.includes(told))).toBe(true);
});
