import { encode } from "uqr";
import { expect, test } from "vitest";
import { qrCode } from "./qr-code.ts";

const URI = "otpauth://totp/Lockstep:ada%40example.org?secret=ABCDEFGHIJKLMNOP&issuer=Lockstep";

test("every dark square of the code is drawn once, and no other", () => {
  const { size, path } = qrCode(URI);
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (const [, x = "", y = "", width = ""] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let at = Number(x); at < Number(x) + Number(width); at += 1) {
      const row = dark[Number(y)] ?? [];
      row[at] = (row[at] ?? 0) + 1;
    }
  }
  const { data } = encode(URI, { ecc: "M", border: 2 });
  expect(dark).toEqual(data.map((row) => row.map(Number)));
  expect(path.replace(/M\d+ \d+h\d+v1h-\d+z/g, "")).toBe("");
});

test("it has the quiet edge that readers need", () => {
  const { size, path } = qrCode(URI);
  const starts = [...path.matchAll(/M(\d+) (\d+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  expect(Math.min(...starts.flat())).toBe(2);
  expect(Math.max(...starts.map(([, y = 0]) => y))).toBe(size - 3);
});
