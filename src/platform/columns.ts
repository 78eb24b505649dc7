/**
 * Rows as columns of text, the way the ledger's calls take them (migrations/0002_calls.sql): what
 * all rows share goes once, as JSON, and every other column as an array literal, which binds much
 * faster than an array parameter of a thousand values.
 */

type Cell = string | number | bigint;

/** A column that is the same in every row (then the list is empty), or a list of its cells. */
export type Column = { readonly list: string; readonly same: string | null };

export type ColumnOf<R> = {
  readonly name: string;
  readonly of: (rows: readonly R[], options: { readonly whole: boolean }) => Column;
};

/** A column of the ledger by its name there. `write` gives a cell as Postgres reads it. */
export function column<R, C extends Cell>(
  name: string,
  read: (row: R) => C | null,
  write: (cell: C) => string = String,
): ColumnOf<R> {
  return columnOf(name, read, { write, quote: quoted });
}

/** A column of which no cell needs quotes: ids, keys, numbers, words of a closed list. */
export function plainColumn<R, C extends Cell>(
  name: string,
  read: (row: R) => C | null,
  write: (cell: C) => string = String,
): ColumnOf<R> {
  return columnOf(name, read, { write, quote: (text) => text });
}

/** The arguments of a call: `same` as JSON, then a list a column. The first is always a list. */
export function inColumns<R>(rows: readonly R[], table: readonly ColumnOf<R>[]): string[] {
  const same: Record<string, string> = {};
  const lists = table.map(({ name, of }, index) => {
    const one = of(rows, { whole: index === 0 });
    if (one.same !== null) same[name] = one.same;
    return one.list;
  });
  return [JSON.stringify(same), ...lists];
}

type Text<C> = { readonly write: (cell: C) => string; readonly quote: (text: string) => string };

function columnOf<R, C extends Cell>(
  name: string,
  read: (row: R) => C | null,
  text: Text<C>,
): ColumnOf<R> {
  return {
    name,
    of: (rows, { whole }) => {
      const same = whole ? undefined : sameIn(rows, read);
      if (same === undefined) return { list: listOf(rows, read, text), same: null };
      return { list: "{}", same: same === null ? null : text.write(same) };
    },
  };
}

/** undefined where the rows differ. */
function sameIn<R, C extends Cell>(
  rows: readonly R[],
  read: (row: R) => C | null,
): C | null | undefined {
  const [first] = rows;
  const cell = first === undefined ? null : read(first);
  for (const row of rows) if (read(row) !== cell) return undefined;
  return cell;
}

function listOf<R, C extends Cell>(
  rows: readonly R[],
  read: (row: R) => C | null,
  { write, quote }: Text<C>,
): string {
  let list = "";
  let last: C | null = null;
  let text = "NULL";
  for (const row of rows) {
    const cell = read(row);
    if (cell !== last) {
      last = cell;
      text = cell === null ? "NULL" : quote(write(cell));
    }
    list += `,${text}`;
  }
  return `{${list.slice(1)}}`;
}

/** An array literal of any values. */
export function pgArray(values: readonly (Cell | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : quoted(value))).join(",")}}`;
}

const PLAIN = /^[0-9A-Za-z_.:+-]+$/;

/** A cell of an array literal, quoted where it has to be. */
function quoted(value: Cell): string {
  if (typeof value !== "string") return String(value);
  if (PLAIN.test(value) && value.toUpperCase() !== "NULL") return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** Joins texts that hold no control characters (JSON), for `string_to_array(…, E'\\x1e')`. */
export function packed(values: readonly string[]): string {
  return values.join("\u001e");
}
