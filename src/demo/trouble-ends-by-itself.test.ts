import { expect, test } from "vitest";
import { CALM } from "../gateway/simulator/faults.ts";
import { isTrouble, TROUBLES, Trouble } from "./trouble.ts";

test("what was broken befalls every order for half a minute, and no longer", () => {
  const trouble = new Trouble();
  expect(trouble.over(CALM, 1_000)).toBe(CALM);
  trouble.begin("reject", 1_000);
  expect(trouble.over(CALM, 30_999)).toMatchObject({ rejectWith: 10006 });
  expect(trouble.over(CALM, 31_000)).toBe(CALM);
});

test("slow answers stay answers, and partial fills are not refused as well", () => {
  const trouble = new Trouble();
  trouble.begin("slow", 0);
  expect(trouble.over(CALM, 1)).toMatchObject({ lost: null, requestMs: 1_000 });
  trouble.begin("partial", 0);
  const refused = { ...CALM, rejectWith: 10004 };
  expect(trouble.over(refused, 1)).toMatchObject({ rejectWith: null, fillPpm: 100_000 });
});

test("only what is listed can be broken", () => {
  expect(Object.keys(TROUBLES).every(isTrouble)).toBe(true);
  expect(isTrouble("constructor")).toBe(false);
});
