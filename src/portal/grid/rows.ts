/** Rows of the grid as they are sent: key, state of the link, and a text (and tone) per column. */
import type { Instant } from "../../domain/instant.ts";
import { freshnessOf } from "../view/freshness.ts";
import { type ColumnName, columnOf } from "./columns.ts";
import type { AccountFacts } from "./facts.ts";

/** [text] or [text, tone]. */
export type SentCell = readonly [string] | readonly [string, string];

export type SentRow = {
  readonly id: string;
  readonly link: string;
  readonly cells: readonly SentCell[];
};

export function sentRow(
  account: AccountFacts,
  columns: readonly ColumnName[],
  now: Instant,
): SentRow {
  return {
    id: account.id,
    link: freshnessOf(account.link, account.asOf, now),
    cells: columns.map((name) => {
      const { text, tone } = columnOf(name).cell(account, now);
      return tone === "" ? [text] : [text, tone];
    }),
  };
}

export const sameRow = (a: SentRow | undefined, b: SentRow): boolean =>
  a !== undefined &&
  a.id === b.id &&
  a.link === b.link &&
  a.cells.every((cell, index) => sameCell(cell, b.cells[index]));

const sameCell = (a: SentCell, b: SentCell | undefined): boolean =>
  b !== undefined && a[0] === b[0] && a[1] === b[1];
