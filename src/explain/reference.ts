/** The pages of docs/ that are made from the code: closed codes, and what a rule can say. */
import { EXIT_CODES } from "../cli/exit-codes.ts";
import { OUTCOME_CODES, SKIP_REASONS } from "../domain/codes.ts";
import { ERROR_CODES } from "../domain/errors.ts";
import { SETTINGS } from "../follower/rules/schema.ts";
import { RETCODES } from "../gateway/simulator/retcodes.ts";
import { DIVERGENCE_CAUSES } from "../reconcile/divergence.ts";

export const REFERENCE_PAGES: Readonly<Record<string, () => string>> = {
  "docs/codes.md": codesPage,
  "docs/rules.md": rulesPage,
};

const NOTE =
  "This page is made from the code by `npm run docs`; a test fails where it is not current.";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

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

function rulesPage(): string {
  const rows = SETTINGS.map(({ path, help, merge, supported, default: fallback }) => [
    `\`${path}\``,
    supported ? help : `${help} Not yet.`,
    `\`${JSON.stringify(fallback)}\``,
    merge.rule,
  ]);
  return `# What the rules of a subscription can say

${NOTE} Rules are JSON; decimals are text; what is absent has its default. A setting marked
"Not yet" is refused unless it stands at its default: nothing is ever ignored in silence.

${table(["setting", "what it does", "default", "layers"], rows)}
`;
}
