import fc from "fast-check";
import { expect, test } from "vitest";
import { idOf, KEY_LENGTH, keyOf, magicOf, PARTITION_COUNT, partitionOf } from "./ids.ts";

const parts = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
const sequence = fc.nat({ max: 2 ** 31 - 1 });

test("an id is a UUID of version 8 and the same every time", () => {
  fc.assert(
    fc.property(parts, (names) => {
      const id = idOf(...names);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(idOf(...names)).toBe(id);
    }),
  );
});

test("ids of other versions of the hub are found again", () => {
  expect(idOf("tenant", "signal", "1")).toBe("f7c7454e-78c8-8117-bd59-0208fa5a69f5");
  expect(keyOf(1, "signal", "id", "subscription", "1.1")).toBe("0001bOIDRu9t1dcC");
  expect(partitionOf("account")).toBe(3);
});

test("where a part ends is part of the id", () => {
  expect(idOf("ab", "c")).not.toBe(idOf("a", "bc"));
});

test("a key is 16 alphanumerics, another for each part and sequence", () => {
  fc.assert(
    fc.property(sequence, parts, (count, names) => {
      const key = keyOf(count, ...names);
      expect(key).toMatch(/^[0-9A-Za-z]+$/);
      expect(key).toHaveLength(KEY_LENGTH);
      expect(keyOf(count, ...names)).toBe(key);
      expect(keyOf(count + 1, ...names)).not.toBe(key);
      expect(keyOf(count, ...names, "1")).not.toBe(key);
    }),
  );
});

test("ten thousand attempts have ten thousand keys", () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => keyOf(7, "signal", String(index)));
  expect(new Set(keys).size).toBe(keys.length);
});

test("a magic number fits 31 bits and is never zero", () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      const magic = magicOf(key);
      expect(magic).toBeGreaterThan(0);
      expect(magic).toBeLessThan(2 ** 31);
    }),
  );
});

test("a thousand accounts reach every partition", () => {
  const reached = Array.from({ length: 1_000 }, (_, index) => partitionOf(`account-${index}`));
  expect(new Set(reached).size).toBe(PARTITION_COUNT);
  expect(Math.min(...reached)).toBe(0);
  expect(Math.max(...reached)).toBe(PARTITION_COUNT - 1);
});
