/** The pages of docs/ that are made from the code: closed codes, and what a rule can say. */
import { EXIT_CODES } from "../cli/exit-codes.ts";
import { OUTCOME_CODES, SKIP_REASONS } from "../domain/codes.ts";
import { ERROR_CODES } from "../domain/errors.ts";
import { RETCODES } from "../gateway/simulator/retcodes.ts";
import { DIVERGENCE_CAUSES } from "../reconcile/divergence.ts";
import { rulesPage } from "./rules-page.ts";
import { table } from "./table.ts";

export const REFERENCE_PAGES: Readonly<Record<string, () => string>> = {
  "docs/codes.md": codesPage,
  "docs/replication-rules.md": () => rulesPage(NOTE),
};

const NOTE =
  "This page is made from the code by `npm run docs`; a test fails where it is not current.";

function codesPage(): string {
  const retcodes = (code: string): string =>
    [...RETCODES]
      .filter(([, meaning]) => meaning.code === code)
      .map(([number]) => number)
      .join(", ");
  return `# Codes

${NOTE}

## Why nothing was copied
A skip is a decision: it is recorded with its reason and the numbers that led to it.

${table(
  ["reason", "in words"],
  Object.entries(SKIP_REASONS).map(([code, words]) => [`\`${code}\``, words]),
)}

## Why an instruction did not do what it says
Final: an open is not tried again. No code is final for a close, but \`POSITION_GONE\`.

${table(
  ["code", "in words", "final for an open", "MetaTrader"],
  Object.entries(OUTCOME_CODES).map(([code, { words, final }]) => [
    `\`${code}\``,
    words,
    final ? "yes" : "no",
    retcodes(code),
  ]),
)}

## Why a follower does not hold what it should

${table(
  ["cause", "in words"],
  Object.entries(DIVERGENCE_CAUSES).map(([code, words]) => [`\`${code}\``, words]),
)}

## Errors of the hub

${table(
  ["code", "in words"],
  Object.entries(ERROR_CODES).map(([code, { words }]) => [`\`${code}\``, words]),
)}

## How a command ends

${table(
  ["exit", "in words"],
  Object.values(EXIT_CODES).map(({ number, words }) => [String(number), words]),
)}
`;
}
