import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idPattern, idText, uuidsOf } from "../domain/prefixed-ids.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import { ApiError } from "./errors.ts";
import { nameIn } from "./schema.ts";
import { DEPTH_MAX, parseStrictJson } from "./strict-json.ts";

const refusalOf = (text: string): unknown => {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [error.code, error.faults.map(({ pointer, code }) => `${pointer} ${code}`)];
  }
};

describe("a body", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  test.each([
    ["no JSON", "{", ["MALFORMED", []]],
    ["a key twice", '{"a":1,"a":2}', ["MALFORMED", []]],
    ["a key twice, once escaped", '{"b":{"a":1,"\\u0061":2}}', ["MALFORMED", []]],
    ["too deep", nested(DEPTH_MAX + 1), ["MALFORMED", []]],
    ["far too deep", nested(100_000), ["MALFORMED", []]],
    ["a prototype", '{"a":{"__proto__":{}}}', ["INVALID", ["/a/__proto__ ILLEGAL_KEY"]]],
    ["a number beyond numbers", '{"a":[1,1e309]}', ["INVALID", ["/a/1 ILLEGAL_NUMBER"]]],
    ["a NUL", '{"a/b":"x\\u0000"}', ["INVALID", ["/a~1b ILLEGAL_TEXT"]]],
    ["half a pair", '{"a":"\\ud800"}', ["INVALID", ["/a ILLEGAL_TEXT"]]],
    ["the other half", '{"a":"x\\udc00y"}', ["INVALID", ["/a ILLEGAL_TEXT"]]],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text)).toEqual(refusal));

  test("that is wholesome is read as JSON.parse reads it", () => {
    expect(parseStrictJson('{"a":{"a":[{"a":"}\\"{:"},"\ud83d\ude00"]},"b":-0.5}')).toEqual({
      a: { a: [{ a: '}"{:' }, "\ud83d\ude00"] },
      b: -0.5,
    });
    expect(parseStrictJson(nested(DEPTH_MAX))).toBeDefined();
  });
});

test("ids are UUIDs with a name, and have one spelling", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      expect(uuidsOf(idText("account", one))).toEqual([one]);
      expect(uuidsOf(idText("decision", one, other))).toEqual([one, other]);
      expect(idText("account", one)).toMatch(idPattern("account"));
      expect(idText("account", one)).not.toMatch(idPattern("signal"));
      expect(idText("account", one).toUpperCase()).not.toMatch(idPattern("account"));
    }),
  );
  const beyond = `acct_${"z".repeat(26)}`;
  expect(beyond).not.toMatch(idPattern("account"));
});

test("a cursor is good for its own list only", () => {
  expect(placeOf("deals", cursorOf("deals", ["1", "x"]))).toEqual(["1", "x"]);
  for (const bad of ["", "x", "bnVsbA", cursorOf("orders", ["1", "x"]), cursorOf("deals", [])]) {
    expect(() => placeOf("deals", bad)).toThrow(ApiError);
  }
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", " x", "x ", "", "a\u202eb", "a\u0000b", "a\nb"])(
  "no spreadsheet and no page is fooled by the name %j",
  (name) => expect(nameIn().safeParse(name).success).toBe(false),
);
