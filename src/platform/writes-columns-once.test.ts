import fc from "fast-check";
import { expect, test } from "vitest";
import { column, pgArray } from "./fenced.ts";

test("a column that is the same in every row is sent once, and as it is", () => {
  expect(column([1, 2, 3], () => "EUR/USD")).toEqual({ list: "{}", same: "EUR/USD" });
  expect(column([1, 2], () => null)).toEqual({ list: "{}", same: null });
});

test("a column that differs anywhere is a list of all its cells, nothing standing for them", () => {
  expect(column(["a", "a", "b/c", null], (cell) => cell)).toEqual({
    list: '{a,a,"b/c",NULL}',
    same: null,
  });
  expect(column([null, 7], (cell) => cell)).toEqual({ list: "{NULL,7}", same: null });
});

test("either the list or the one value says each cell", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.constantFrom("x", "NULL", 'q"\\', ""))), (cells) => {
      const { list, same } = column(cells, (cell) => cell);
      const isSame = new Set(cells).size <= 1;
      expect(list).toBe(isSame ? "{}" : pgArray(cells));
      expect(same).toBe(isSame ? (cells[0] ?? null) : null);
    }),
  );
});
