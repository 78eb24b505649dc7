/**
 * A page as a tree of rows, so that one description serves the template and the stream.
 * A row has an id that is unique on the page, fields that are text, and named lists of rows; the
 * same row may stand in several lists of its parent. Templates bind fields and lists by name.
 * Invariant: what is shown of `before`, patched by `difference(before, after)`, shows `after`.
 */
export type Row = {
  readonly id: string;
  /** Text as it is shown. */
  readonly f: Readonly<Record<string, string>>;
  readonly lists: Readonly<Record<string, readonly Row[]>>;
};

/** Changed fields by row id, and the ids of changed lists by `rowId.list`; parents come first. */
export type Patch = {
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly rows: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** A tree by its parts, for comparing: made once for each state. */
export type FlatPage = {
  readonly rows: ReadonlyMap<string, Row["f"]>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
};

export const NO_LISTS: Row["lists"] = {};

export function flatten(page: Row): FlatPage {
  const rows = new Map<string, Row["f"]>();
  const lists = new Map<string, readonly string[]>();
  const add = (row: Row): void => {
    if (rows.has(row.id)) return;
    rows.set(row.id, row.f);
    for (const [name, members] of Object.entries(row.lists)) {
      lists.set(
        `${row.id}.${name}`,
        members.map((member) => member.id),
      );
      for (const member of members) add(member);
    }
  };
  add(page);
  return { rows, lists };
}

/** What turns one page into the other; null where they look the same. From null: everything. */
export function difference(before: FlatPage | null, after: FlatPage): Patch | null {
  const lists = new Map<string, readonly string[]>();
  for (const [key, ids] of after.lists) {
    const old = before?.lists.get(key);
    if (old === undefined || !sameIds(old, ids)) lists.set(key, ids);
  }
  const rows = new Map<string, Record<string, string>>();
  for (const [id, fields] of after.rows) {
    const changed = changedFields(before?.rows.get(id), fields);
    if (changed.length > 0) rows.set(id, Object.fromEntries(changed));
  }
  if (lists.size === 0 && rows.size === 0) return null;
  return { lists: Object.fromEntries(lists), rows: Object.fromEntries(rows) };
}

function changedFields(before: Row["f"] | undefined, after: Row["f"]): [string, string][] {
  if (before === after) return [];
  return Object.entries(after).filter(([name, text]) => before?.[name] !== text);
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
