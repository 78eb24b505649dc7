/**
 * A protection and its absence side by side: the same scenario with it and without it. The table of
 * mutants (`npm run simulate -- --mutants`) runs these for what shows in no simulated history.
 */
import { expect, test } from "vitest";
import {
  allProtections,
  type Protection,
  type Protections,
  protectionsWithout,
} from "../platform/protections.ts";
import { absenceOf } from "./simulation/shown.ts";

export function matters<T>(
  name: Protection,
  run: (on: Protections) => Promise<T> | T,
  { is, without }: { readonly is: T; readonly without: T },
): void {
  test(`${name} holds`, async () => {
    expect(await run(allProtections)).toEqual(is);
  });
  test(absenceOf(name), async () => {
    expect(await run(protectionsWithout(name))).toEqual(without);
  });
}
