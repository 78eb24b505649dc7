import { expect, test } from "vitest";
import { OUTCOME_CODES } from "../../domain/codes.ts";
import { meaningOf, RETCODE, RETCODES } from "./retcodes.ts";

test.each([...RETCODES])(
  "retcode %i has a closed code exactly where it is no success",
  (_, meaning) => {
    const success = ["done", "partial", "working"].includes(meaning.status);
    expect(meaning.code === null).toBe(success);
    if (meaning.code !== null) expect(Object.hasOwn(OUTCOME_CODES, meaning.code)).toBe(true);
  },
);

test.each(Object.entries(RETCODE))(
  "%s, which the simulator answers, is in the table",
  (_, retcode) => {
    expect(RETCODES.has(retcode)).toBe(true);
  },
);

test.each([10011, 10012, 10028, 10029, 10031, 10039, 0, 99999])(
  "after retcode %i the order may be live: unknown, never rejected",
  (retcode) => {
    expect(meaningOf(retcode)).toEqual({ status: "unknown", code: "IN_FLIGHT" });
  },
);

test("the table holds all of MetaTrader's codes from 10004 to 10046 that exist", () => {
  const gaps = [10005, 10037];
  for (let retcode = 10004; retcode <= 10046; retcode += 1) {
    if (!gaps.includes(retcode)) expect(RETCODES.has(retcode), String(retcode)).toBe(true);
  }
});
