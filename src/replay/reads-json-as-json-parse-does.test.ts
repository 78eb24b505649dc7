import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../domain/input-fault.ts";
import { parseJsonText } from "./json-text.ts";

const read = (text: string): unknown => parseJsonText("a.json", text).value;

test("the same values, whatever the layout", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(read(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("what JSON.parse refuses is refused, and what it accepts is accepted", () => {
  const pieces = ["{", "}", "[", "]", ",", ":", '"a"', '"\\u00e4"', '"\\x"', '"', "1", "-", "0.5"];
  const more = ["01", "1e5", "1.", "true", "nul", " ", "\n", "\\", "'a'", "\u0001", "//"];
  const text = fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 9 });
  fc.assert(
    fc.property(
      text.map((parts) => parts.join("")),
      (candidate) => {
        const [expected, own] = [attempt(JSON.parse, candidate), attempt(read, candidate)];
        const isTwice = own instanceof InputError && own.faults[0]?.wrong.includes("twice");
        if (!isTwice) expect(own instanceof Error).toBe(expected instanceof Error);
      },
    ),
    { numRuns: 3000 },
  );
});

test("an own property called __proto__ is data", () => {
  expect(Object.keys(Object(read('{"__proto__": 1}')))).toEqual(["__proto__"]);
});

test("nesting without end is a fault and not an overflow", () => {
  expect(() => read("[".repeat(100_000))).toThrow(InputError);
});

test("the line of each part, and of the nearest parent of what is not there", () => {
  const json = parseJsonText("a.json", '{\n "a": [1,\n\n  {"b": "\\n"}\n ]\n}');
  expect([[], ["a"], ["a", 0], ["a", 1], ["a", 1, "b"], ["a", 1, "c"]].map(json.lineOf)).toEqual([
    1, 2, 2, 4, 4, 4,
  ]);
});

function attempt(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    return error;
  }
}
