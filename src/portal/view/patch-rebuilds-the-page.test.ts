import fc from "fast-check";
import { expect, test } from "vitest";
import { difference, type FlatPage, flatten, type Patch, type Row } from "./row.ts";

/** What a browser holds: it applies lists, then fields, and forgets what is in no list. */
function patched(before: FlatPage | null, patch: Patch | null): FlatPage {
  const rows = new Map(before?.rows);
  const lists = new Map(before?.lists);
  for (const [key, ids] of Object.entries(patch?.lists ?? {})) lists.set(key, ids);
  for (const [id, fields] of Object.entries(patch?.rows ?? {})) {
    rows.set(id, { ...rows.get(id), ...fields });
  }
  const kept = new Map<string, Row["f"]>();
  const keptLists = new Map<string, readonly string[]>();
  const keep = (id: string): void => {
    if (kept.has(id)) return;
    kept.set(id, rows.get(id) ?? {});
    for (const name of ["a", "b"]) {
      const ids = lists.get(`${id}.${name}`);
      if (ids === undefined) continue;
      keptLists.set(`${id}.${name}`, ids);
      for (const member of ids) keep(member);
    }
  };
  keep("page");
  return { rows: kept, lists: keptLists };
}

const fields = fc.record({ x: fc.constantFrom("1", "2", "3"), y: fc.constantFrom("", "<b>") });
const leaf = (prefix: string): fc.Arbitrary<Row> =>
  fc.record({
    id: fc.integer({ min: 0, max: 6 }).map((n) => `${prefix}${n}`),
    f: fields,
    lists: fc.constant({}),
  });
const branch: fc.Arbitrary<Row> = fc
  .record({
    id: fc.integer({ min: 0, max: 6 }).map((n) => `branch${n}`),
    f: fields,
    leaves: fc.uniqueArray(leaf("leaf"), { selector: (row) => row.id, maxLength: 5 }),
  })
  .map(({ id, f, leaves }) => ({
    id,
    f,
    lists: { a: leaves.map((row) => ({ ...row, id: `${id}:${row.id}` })) },
  }));
const pages: fc.Arbitrary<Row> = fc
  .record({
    f: fields,
    a: fc.uniqueArray(branch, { selector: (row) => row.id, maxLength: 5 }),
    b: fc.uniqueArray(leaf("other"), { selector: (row) => row.id, maxLength: 5 }),
  })
  .map(({ f, a, b }) => ({ id: "page", f, lists: { a, b } }));

const sorted = (page: FlatPage) => ({
  rows: [...page.rows].sort(([a], [b]) => (a < b ? -1 : 1)),
  lists: [...page.lists].sort(([a], [b]) => (a < b ? -1 : 1)),
});

test("a page patched with the difference is the other page", () => {
  fc.assert(
    fc.property(pages, pages, (one, other) => {
      const [before, after] = [flatten(one), flatten(other)];
      expect(sorted(patched(before, difference(before, after)))).toEqual(sorted(after));
      expect(sorted(patched(null, difference(null, after)))).toEqual(sorted(after));
      expect(difference(after, flatten(other))).toBeNull();
    }),
  );
});

test("a parent's list comes before its children's, so that they exist when they are filled", () => {
  fc.assert(
    fc.property(pages, (page) => {
      const seen = new Set(["page"]);
      for (const [key, ids] of Object.entries(difference(null, flatten(page))?.lists ?? {})) {
        expect(seen).toContain(key.slice(0, key.lastIndexOf(".")));
        for (const id of ids) seen.add(id);
      }
    }),
  );
});

test("only what changed is sent", () => {
  const page = (x: string): Row => ({
    id: "page",
    f: { x, y: "same" },
    lists: { a: [{ id: "branch1", f: { x: "1" }, lists: {} }] },
  });
  expect(difference(flatten(page("1")), flatten(page("2")))).toEqual({
    lists: {},
    rows: { page: { x: "2" } },
  });
});
