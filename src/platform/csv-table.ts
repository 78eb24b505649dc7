/**
 * A CSV file as rows of named cells with the line each stands on. All columns must be there, in
 * any order, and none but the optional ones besides, whose cells are blank where they are not. Blank lines are skipped and counted; cells are trimmed.
 */
import { CsvError, parse } from "csv-parse/sync";
import { InputError, type InputFault, quoted, refuseFaults } from "../domain/input-fault.ts";

export type TableRow<Column extends string> = {
  readonly line: number;
  readonly cells: Readonly<Record<Column, string>>;
};

export type Table<Column extends string> = {
  readonly rows: readonly TableRow<Column>[];
  /** Rows that have too few or too many cells; they are not in `rows`. */
  readonly faults: readonly InputFault[];
};

/** Throws BAD_INPUT for quoting that does not end and for a wrong header: nothing follows then. */
export function readTable<Column extends string, Optional extends string = never>(
  file: string,
  text: string,
  columns: readonly Column[],
  optional: readonly Optional[] = [],
): Table<Column | Optional> {
  const [header, ...records] = split(file, text);
  const names = header?.cells ?? [];
  refuseFaults(headerFaults(file, header?.line ?? 1, { names, columns, optional }));
  const rows: TableRow<Column | Optional>[] = [];
  const faults: InputFault[] = [];
  for (const { line, cells } of records) {
    if (cells.length !== names.length) {
      const found = `${cells.length} cells`;
      const expected = `${names.length} cells, one a column`;
      faults.push({ file, line, wrong: "the row has not the header's columns", found, expected });
      continue;
    }
    const pairs = [...columns, ...optional].map((column) => [
      column,
      cells[names.indexOf(column)] ?? "",
    ]);
    rows.push({ line, cells: Object.fromEntries(pairs) });
  }
  return { rows, faults };
}

type NumberedRecord = { readonly line: number; readonly cells: readonly string[] };

function split(file: string, text: string): NumberedRecord[] {
  const options = { bom: true, relax_column_count: true, skip_empty_lines: true, trim: true };
  const lines: number[] = [];
  try {
    const records = parse(text, {
      ...options,
      on_record: (record: string[], context) => {
        lines.push(context.lines);
        return record;
      },
    });
    return records.map((cells, index) => ({ line: lines[index] ?? 0, cells }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause["lines"] === "number" ? cause["lines"] : null;
    const wrong = "the quoting is wrong";
    const expected = "a cell in double quotes from end to end, or without any";
    throw new InputError([{ file, line, wrong, found: quoted(cause.message), expected }], {
      cause,
    });
  }
}

type Header = {
  readonly names: readonly string[];
  readonly columns: readonly string[];
  readonly optional: readonly string[];
};

function headerFaults(file: string, line: number, header: Header): InputFault[] {
  const { names, columns, optional } = header;
  const more = optional.length === 0 ? "" : ` and, where they are wanted, ${optional.join(",")}`;
  const expected = `the columns ${columns.join(",")}${more}`;
  const known = [...columns, ...optional];
  if (names.length === 0) {
    return [{ file, line: 1, wrong: "the file is empty", found: "no header", expected }];
  }
  const fault = (wrong: string, name: string): InputFault => {
    return { file, line, wrong, found: quoted(name), expected };
  };
  return [
    ...names.filter((name) => !known.includes(name)).map((name) => fault("unknown column", name)),
    ...names
      .filter((name, index) => known.includes(name) && names.indexOf(name) !== index)
      .map((name) => fault("the column is there twice", name)),
    ...columns
      .filter((column) => !names.includes(column))
      .map((column) => fault(`the column ${column} is missing`, names.join(","))),
  ];
}
