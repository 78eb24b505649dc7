import { expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Position } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { copiedOf, NOW } from "../testing/follower-builders.ts";
import { accountStateOf, subscriptionOf } from "../testing/owner-builders.ts";
import { exchangeForOldest, isBlockedForGood } from "./oldest-first.ts";

const positionOf = (id: string, volume: string, age: number, change: Partial<Position> = {}) =>
  ({
    ...{ id, symbol: "EURUSD", side: "buy", volume: parseFixed(volume), openedAt: NOW - age },
    ...change,
  }) as unknown as Position;
const copy = (position: string, id: string, volume: string, change: Partial<CopiedPosition> = {}) =>
  copiedOf([volume], {
    position,
    holdings: [{ positionId: id, volume: parseFixed(volume) }],
    ...change,
  });

type Given = {
  readonly positions: readonly Position[];
  readonly copies: readonly CopiedPosition[];
};

/** A close of the copy p2, whose position 2 is not the oldest. */
function asked({ positions, copies }: Given, busy = false, volume = "0.5"): string {
  const account = accountStateOf();
  if (busy) account.unresolved.set("K", { subscriptionId: "subscription", position: "p1" });
  const copied = new Map(copies.map((one) => [one.position, one]));
  const close = { subscriptionId: "subscription", position: "p2", positionId: "2" };
  const found = exchangeForOldest({ ...close, volume: parseFixed(volume) }, account, {
    subscriptions: [subscriptionOf({ copied })],
    positions,
  });
  if (found === null) return "blocked";
  const held = found.copies.map(
    ({ position, holdings }) =>
      `${position} holds ${holdings.map((one) => `${one.positionId} ${formatFixed(one.volume)}`).join(", ")}`,
  );
  return [`closes ${found.positionId}`, ...held].join("; ");
}

const two = [positionOf("1", "0.5", 20), positionOf("2", "0.5", 10)];
const ours = [copy("p1", "1", "0.5"), copy("p2", "2", "0.5")];

test("the oldest of the size is closed, and the copies change places", () => {
  expect(asked({ positions: two, copies: ours })).toBe("closes 1; p2 holds 1 0.5; p1 holds 2 0.5");
});

test.each<[string, Given, boolean, string]>([
  ["the oldest is the user's own", { positions: two, copies: ours.slice(1) }, false, "0.5"],
  ["an answer is outstanding for the other copy", { positions: two, copies: ours }, true, "0.5"],
  ["only a part is to be closed", { positions: two, copies: ours }, false, "0.2"],
  [
    "what is older is of another size",
    { positions: [positionOf("1", "0.4", 20), ...two.slice(1)], copies: ours },
    false,
    "0.5",
  ],
  [
    "what is older is on the other side",
    { positions: [positionOf("1", "0.5", 20, { side: "sell" }), ...two.slice(1)], copies: ours },
    false,
    "0.5",
  ],
  [
    "the other copy was detached",
    { positions: two, copies: [copy("p1", "1", "0.5", { state: "detached" }), ...ours.slice(1)] },
    false,
    "0.5",
  ],
])("nothing changes places where %s", (...[, given, busy, volume]) => {
  expect(asked(given, busy, volume)).toBe("blocked");
});

test("what only somebody else can end is not tried again: an older position, and nothing of ours on its way", () => {
  const close = { subscriptionId: "subscription", position: "p2", positionId: "2" };
  const blocked = (positions: readonly Position[], onItsWay?: string): boolean => {
    const account = accountStateOf();
    const other = { subscriptionId: "subscription", position: "p1" };
    account.unresolved.set("own", { ...other, position: "p2", symbol: "EURUSD" });
    if (onItsWay) account.unresolved.set("K", { ...other, symbol: onItsWay });
    const asked = { ...close, symbol: "EURUSD", volume: parseFixed("0.5") };
    return isBlockedForGood(asked, account, positions);
  };
  const own = positionOf("2", "0.5", 50);
  const older = positionOf("1", "0.7", 100);
  expect(blocked([own, older])).toBe(true);
  expect(blocked([own, positionOf("1", "0.7", 50)])).toBe(true);
  expect(blocked([own, older], "GBPUSD")).toBe(true);
  expect(blocked([own, older], "EURUSD")).toBe(false);
  expect(blocked([own, positionOf("3", "0.7", 10)])).toBe(false);
  expect(blocked([own, positionOf("1", "0.7", 100, { symbol: "GBPUSD" })])).toBe(false);
  expect(blocked([older])).toBe(false);
});
