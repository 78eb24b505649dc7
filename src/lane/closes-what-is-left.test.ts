import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { allProtections } from "../platform/protections.ts";
import { accountStateOf, ledgerInstructionOf } from "../testing/owner-builders.ts";
import { closable } from "./closable.ts";

const lots = parseFixed;
const close = ledgerInstructionOf({ kind: "close", positionId: "h1", volume: lots("0.16") });
const refused = { ...close, volume: lots("0.16"), code: "INVALID_VOLUME" } as const;

function standing(positions: readonly object[] | null) {
  const faults: unknown[] = [];
  const snapshot = async (): Promise<object> => {
    if (positions === null) throw new Error("away");
    return { positions };
  };
  const gateway = { snapshot } as unknown as Gateway;
  return {
    faults,
    deps: {
      protections: allProtections,
      gateway: () => gateway,
      fault: (error: unknown) => faults.push(error),
    },
  };
}

test("a close whose volume was refused asks for what is left of the position", async () => {
  const { deps } = standing([{ id: "h1", volume: lots("0.04") }]);
  expect(await closable(accountStateOf(), refused, deps)).toBe(lots("0.04"));
});

test("a position that is gone, or cannot be looked at, leaves the volume as it is", async () => {
  expect(await closable(accountStateOf(), refused, standing([]).deps)).toBe(lots("0.16"));
  const away = standing(null);
  expect(await closable(accountStateOf(), refused, away.deps)).toBe(lots("0.16"));
  expect(away.faults.length).toBe(1);
});

test("another refusal is no reason to look", async () => {
  const { deps, faults } = standing(null);
  const requote = { ...refused, code: "REQUOTE" } as const;
  expect(await closable(accountStateOf(), requote, deps)).toBe(lots("0.16"));
  expect(faults).toEqual([]);
});
