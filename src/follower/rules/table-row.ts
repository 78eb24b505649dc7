/** The row of a custom table that a symbol is sized by: its exact name goes before any glob. */
import type { Rules } from "../rules.ts";
import { coversName } from "./matchers.ts";

export type TableRow = Rules["sizing"]["table"][number];

export function tableRow(table: readonly TableRow[], symbol: string): TableRow | null {
  const folded = symbol.toUpperCase();
  const exact = table.find((row) => row.symbol.toUpperCase() === folded);
  const fits = (row: TableRow): boolean => row.symbol !== "*" && coversName(row.symbol, symbol);
  return exact ?? table.find(fits) ?? table.find((row) => row.symbol === "*") ?? null;
}
