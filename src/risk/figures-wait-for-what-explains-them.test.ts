import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { GRACE_MS, heard, judged, NOTHING_EXPLAINED, rebased } from "./explained.ts";

const money = parseFixed;
const START = rebased(money("1000"));

test("the first balance of all is taken as it is", () => {
  expect(judged(NOTHING_EXPLAINED, money("7"), 0).isTaken).toBe(true);
});

test("a balance that only deals and payments have changed is measured at once", () => {
  const after = heard(heard(START, money("-3.5")), money("500"));
  expect(judged(after, money("1496.5"), 0).isTaken).toBe(true);
});

test("a balance that nothing explains waits for what does, and then is measured", () => {
  const { explained, isTaken } = judged(START, money("400"), 0);
  expect(isTaken).toBe(false);
  expect(judged(heard(explained, money("-600")), money("400"), 10).isTaken).toBe(true);
});

test("what nobody explains within the grace counts, however often it changes meanwhile", () => {
  const first = judged(START, money("400"), 0).explained;
  const second = judged(first, money("300"), GRACE_MS - 1);
  expect(second.isTaken).toBe(false);
  const third = judged(second.explained, money("200"), GRACE_MS);
  expect(third.isTaken).toBe(true);
  expect(judged(third.explained, money("200"), GRACE_MS + 1).isTaken).toBe(true);
});

test("a change that was taken back before it was explained is forgotten", () => {
  const first = judged(START, money("400"), 0).explained;
  const back = judged(first, money("1000"), 1).explained;
  expect(judged(back, money("400"), GRACE_MS + 1).isTaken).toBe(false);
});
