import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sealer } from "./sealed.ts";

const KEY = randomBytes(32);

test("what is sealed opens again, for its row only", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.string(),
      fc.string(),
      (bytes, row, other) => {
        const secret = Buffer.from(bytes);
        const sealed = sealer(KEY).seal(secret, ["t", row]);
        expect(sealer(KEY).open(sealed, ["t", row])).toEqual(secret);
        expect(sealer(KEY).seal(secret, ["t", row])).not.toBe(sealed);
        if (other !== row)
          expect(() => sealer(KEY).open(sealed, ["t", other])).toThrow("BAD_MESSAGE");
      },
    ),
  );
});

test("one flipped byte, another key or a cut end does not open", () => {
  const sealed = Buffer.from(sealer(KEY).seal(Buffer.from("secret"), ["row"]), "base64");
  for (let index = 0; index < sealed.length; index += 1) {
    const flipped = Buffer.from(sealed);
    flipped[index] = (flipped[index] ?? 0) ^ 1;
    expect(() => sealer(KEY).open(flipped.toString("base64"), ["row"])).toThrow("BAD_MESSAGE");
  }
  expect(() => sealer(KEY).open("", ["row"])).toThrow("BAD_MESSAGE");
  expect(() => sealer(randomBytes(32)).open(sealed.toString("base64"), ["row"])).toThrow();
  const cut = sealed.subarray(0, sealed.length - 1);
  expect(() => sealer(KEY).open(cut.toString("base64"), ["row"])).toThrow("BAD_MESSAGE");
});
