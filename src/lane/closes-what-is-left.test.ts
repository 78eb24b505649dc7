import { expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { allProtections } from "../platform/protections.ts";
import { copiedOf } from "../testing/follower-builders.ts";
import { accountStateOf, ledgerInstructionOf, subscriptionOf } from "../testing/owner-builders.ts";
import { closable } from "./closable.ts";

const lots = parseFixed;
const close = ledgerInstructionOf({ kind: "close", positionId: "h1", volume: lots("0.16") });
const refused = { ...close, volume: lots("0.16"), code: "INVALID_VOLUME" } as const;

function standing(positions: readonly object[] | null, subscription = subscriptionOf()) {
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
      subscription: () => subscription,
      fault: (error: unknown) => faults.push(error),
    },
  };
}

test("a close whose volume was refused asks for what is left of the position", async () => {
  const { deps } = standing([{ id: "h1", volume: lots("0.04") }]);
  expect(await closable(accountStateOf(), refused, deps)).toEqual({
    volume: lots("0.04"),
    left: null,
  });
});

test("a position that is gone, or cannot be looked at, leaves the volume as it is", async () => {
  expect(await closable(accountStateOf(), refused, standing([]).deps)).toEqual({
    volume: lots("0.16"),
    left: null,
  });
  const away = standing(null);
  expect(await closable(accountStateOf(), refused, away.deps)).toEqual({
    volume: lots("0.16"),
    left: null,
  });
  expect(away.faults.length).toBe(1);
});

test("another refusal is no reason to look", async () => {
  const { deps, faults } = standing(null);
  const requote = { ...refused, code: "REQUOTE" } as const;
  expect(await closable(accountStateOf(), requote, deps)).toEqual({
    volume: lots("0.16"),
    left: null,
  });
  expect(faults).toEqual([]);
});

test("on a netting account what a hand took leaves the copy at once: a sum would hide it", async () => {
  const copied = copiedOf(["0.16"]);
  const subscription = subscriptionOf({ copied: new Map([["p1", copied]]) });
  const net = { symbol: refused.symbol, side: refused.side, volume: lots("0.04") };
  const { deps } = standing([net], subscription);
  const asked = { ...refused, position: "p1", subscriptionId: "subscription" };
  const { volume, left } = await closable(accountStateOf({ positionMode: "netting" }), asked, deps);
  expect(volume).toBe(lots("0.04"));
  expect(left?.holdings).toEqual([{ positionId: "h1", volume: lots("0.04") }]);
  expect(subscription.copied.get("p1")).toBe(left);
});

const asIs = { volume: lots("0.16"), left: null };
const NETTING = accountStateOf({ positionMode: "netting" });

test("it is the position itself that is looked at, and less of it that is asked for", async () => {
  const other = { id: "h2", volume: lots("0.01") };
  const { deps } = standing([other, { id: "h1", volume: lots("0.05") }]);
  expect(await closable(accountStateOf(), refused, deps)).toMatchObject({ volume: lots("0.05") });
  expect(await closable(accountStateOf(), refused, standing([other]).deps)).toEqual(asIs);
  for (const volume of ["0.16", "0.2"]) {
    const whole = standing([{ id: "h1", volume: lots(volume) }]);
    expect(await closable(accountStateOf(), refused, whole.deps)).toEqual(asIs);
  }
});

test("on a netting account it is the symbol's position, on the copy's side", async () => {
  const { symbol, side } = refused;
  const elsewhere = [
    { symbol: "GBPUSD", side, volume: lots("0.01") },
    { symbol, side: "sell", volume: lots("0.01") },
  ];
  expect(await closable(NETTING, refused, standing(elsewhere).deps)).toEqual(asIs);
  const { deps } = standing([...elsewhere, { symbol, side, volume: lots("0.07") }]);
  expect(await closable(NETTING, refused, deps)).toEqual({ volume: lots("0.07"), left: null });
});

test("neither an open nor a close of all that there is looks anything up", async () => {
  const { deps, faults } = standing(null);
  const open = { ...refused, kind: "open" } as const;
  expect(await closable(accountStateOf(), open, deps)).toEqual(asIs);
  const all = { ...refused, volume: null };
  expect(await closable(accountStateOf(), all, deps)).toEqual({ volume: null, left: null });
  const without = { ...deps, protections: (name: string) => name !== "closes-what-is-left" };
  expect(await closable(accountStateOf(), refused, without)).toEqual(asIs);
  expect(faults).toEqual([]);
});

test("a copy that nobody knows, or without a position of its own, is left as it is", async () => {
  const { symbol, side } = refused;
  const net = { symbol, side, volume: lots("0.04") };
  const left = { volume: lots("0.04"), left: null };
  const gone = { ...standing([net]).deps, subscription: () => undefined };
  expect(await closable(NETTING, refused, gone)).toEqual(left);
  const copied = copiedOf(["0.16"]);
  const subscription = subscriptionOf({ copied: new Map([["p1", copied]]) });
  const { deps } = standing([net, { id: "h1", volume: lots("0.04") }], subscription);
  const asked = { ...refused, position: "p1" };
  expect(await closable(NETTING, { ...asked, positionId: null }, deps)).toEqual(left);
  expect(await closable(accountStateOf(), asked, deps)).toEqual(left);
  expect(subscription.copied.get("p1")).toBe(copied);
});
