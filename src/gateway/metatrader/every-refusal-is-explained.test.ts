import { readFileSync } from "node:fs";
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
