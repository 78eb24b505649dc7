import fc from "fast-check";
import { expect, test } from "vitest";
import { column, inColumns, pgArray } from "./columns.ts";

const KEY = column<readonly [string, string | null], string>("key", ([key]) => key);
const NAME = column<readonly [string, string | null], string>("name", ([, name]) => name);

test("a column that is the same in every row is sent once, and as it is", () => {
  const rows = [
    ["1", "EUR/USD"],
    ["2", "EUR/USD"],
  ] as const;
  expect(inColumns(rows, [KEY, NAME])).toEqual(['{"name":"EUR/USD"}', "{1,2}", "{}"]);
  expect(inColumns([["1", null]], [KEY, NAME])).toEqual(["{}", "{1}", "{}"]);
});

test("a column that differs anywhere is a list of all its cells, nothing standing for them", () => {
  const rows = ["a", "a", "b/c", null, "null"].map((name, row) => [String(row), name] as const);
  expect(inColumns(rows, [KEY, NAME])).toEqual(["{}", "{0,1,2,3,4}", '{a,a,"b/c",NULL,"null"}']);
});

test("the first column counts the rows, also where they are all the same", () => {
  expect(inColumns([["7", null]], [KEY])).toEqual(["{}", "{7}"]);
  expect(inColumns([], [KEY, NAME])).toEqual(["{}", "{}", "{}"]);
});

test("either the list or the one value says each cell", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.constantFrom("x", "NULL", 'q"\\', ""))), (cells) => {
      const rows = cells.map((cell, row) => [String(row), cell] as const);
      const [same, , list] = inColumns(rows, [KEY, NAME]);
      const isSame = new Set(cells).size <= 1;
      expect(list).toBe(isSame ? "{}" : pgArray(cells));
      expect(JSON.parse(same ?? "").name ?? null).toBe(isSame ? (cells[0] ?? null) : null);
    }),
  );
});
