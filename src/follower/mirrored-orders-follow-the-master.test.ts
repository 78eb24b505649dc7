/** Pending orders under `mirror`, decided: what is placed, what follows the master, and what is refused. */
import { describe, expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { ORDER_TYPES, type OrderType, type PendingTerms } from "../domain/pending-order.ts";
import { type DecisionCase, decided } from "../testing/decisions.ts";
import { copiedOf, NOW } from "../testing/follower-builders.ts";
import { subscriptionOf } from "../testing/owner-builders.ts";
import type { CopiedPosition, Decision, MirroredOrder } from "./decision.ts";
import { mirrorsDue, untilDue } from "./mirror-due.ts";
import { parseRules } from "./rules.ts";
import { PLAIN_ACCOUNT } from "./state.ts";

const lots = parseFixed;
const terms = (type: OrderType, price: string, limit: string | null = null): PendingTerms => ({
  ...{ type, price: lots(price), limitPrice: limit === null ? null : lots(limit), expiresAt: null },
});

/** A place at a follower whose broker takes every order and quotes 1.09990 / 1.10000. */
function placing(type: OrderType, price: string, more: DecisionCase = {}): DecisionCase {
  const side = type.startsWith("buy") ? "buy" : "sell";
  const pending = terms(type, price, type.endsWith("stop-limit") ? "1.0995" : null);
  const order = { kind: "place", position: "order:7", orderId: "7", pending, side } as const;
  return {
    ...more,
    rules: { pendingOrders: "mirror", ...more.rules },
    signal: { ...order, price: lots(price), ...more.signal },
    follower: { facts: { ...PLAIN_ACCOUNT, pendingOrders: ORDER_TYPES }, ...more.follower },
  };
}

function said({ reason, plans }: Decision): string {
  if (reason !== null) return reason;
  return plans
    .map(({ kind, volume, pending, stopLoss, takeProfit, orderId, positionId }) =>
      [
        kind,
        pending?.type,
        volume === null ? null : formatFixed(volume),
        pending ? `at ${formatFixed(pending.price)}` : null,
        stopLoss === null ? null : `stop ${formatFixed(stopLoss)}`,
        takeProfit === null ? null : `target ${formatFixed(takeProfit)}`,
        orderId ?? positionId,
      ]
        .filter((word) => word !== null && word !== undefined)
        .join(" "),
    )
    .join(", ");
}

const answer = (given: DecisionCase): string => said(decided(given));

describe("what is placed", () => {
  const half = { sizing: { mode: "multiplier", multiplier: "0.5" } };
  test.each<[string, DecisionCase, string]>([
    ["as the master's", placing("buy-limit", "1.09"), "place buy-limit 1 at 1.09"],
    [
      "sized by the rules",
      placing("buy-limit", "1.09", { rules: half }),
      "place buy-limit 0.5 at 1.09",
    ],
    [
      "its stops from its own price",
      placing("sell-stop", "1.09", { signal: { stopLoss: lots("1.1"), takeProfit: lots("1.07") } }),
      "place sell-stop 1 at 1.09 stop 1.1 target 1.07",
    ],
    [
      "sized by its risk from its own price: 1 % of 10,000 over 0.01",
      placing("buy-limit", "1.09", {
        rules: { sizing: { mode: "risk-percent", riskPercent: "1" } },
        signal: { stopLoss: lots("1.08") },
      }),
      "place buy-limit 0.1 at 1.09 stop 1.08",
    ],
    [
      "a stop-limit order with both prices",
      placing("buy-stop-limit", "1.101"),
      "place buy-stop-limit 1 at 1.101",
    ],
    [
      "cut to a cap",
      placing("buy-limit", "1.09", { rules: { guards: { maxVolume: "0.3" } } }),
      "place buy-limit 0.3 at 1.09",
    ],
    [
      "with what already waits counted for the caps",
      placing("buy-limit", "1.09", {
        rules: { guards: { maxTotalVolume: "1.5" } },
        follower: {
          facts: { ...PLAIN_ACCOUNT, pendingOrders: ORDER_TYPES },
          copies: () => [mirrorOf({ position: "order:6" })],
        },
      }),
      "place buy-limit 0.5 at 1.09",
    ],
  ])("%s", (_, given, answered) => expect(answer(given)).toBe(answered));

  test.each<[OrderType, string, string]>([
    ["buy-limit", "1.09", "place sell-stop 1 at 1.09 stop 1.12 target 1.07"],
    ["sell-stop", "1.09", "place buy-limit 1 at 1.09 stop 1.07 target 1.12"],
    ["sell-limit", "1.11", "place buy-stop 1 at 1.11 stop 1.07 target 1.12"],
    ["buy-stop", "1.11", "place sell-limit 1 at 1.11 stop 1.12 target 1.07"],
  ])(
    "reversed, a %s is the other side's order, and the stops change places",
    (type, price, answered) => {
      const isBuy = type.startsWith("buy");
      const [low, high] = [lots("1.07"), lots("1.12")];
      const stops = isBuy
        ? { stopLoss: low, takeProfit: high }
        : { stopLoss: high, takeProfit: low };
      expect(answer(placing(type, price, { rules: { reverse: true }, signal: stops }))).toBe(
        answered,
      );
    },
  );
});

describe("what is not placed", () => {
  const limits = { ...PLAIN_ACCOUNT, pendingOrders: ["buy-limit", "sell-limit"] as const };
  test.each<[string, DecisionCase, string]>([
    [
      "under on-fill",
      placing("buy-limit", "1.09", { rules: { pendingOrders: "on-fill" } }),
      "PENDING_EXCLUDED",
    ],
    [
      "under off",
      placing("buy-limit", "1.09", { rules: { pendingOrders: "off" } }),
      "PENDING_EXCLUDED",
    ],
    [
      "the broker takes no pending orders",
      placing("buy-limit", "1.09", { follower: { facts: PLAIN_ACCOUNT } }),
      "PENDING_UNSUPPORTED",
    ],
    [
      "nor of this type",
      placing("buy-stop", "1.11", { follower: { facts: limits } }),
      "PENDING_UNSUPPORTED",
    ],
    [
      "a reversed stop-limit",
      placing("buy-stop-limit", "1.101", { rules: { reverse: true } }),
      "PENDING_UNSUPPORTED",
    ],
    ["the market is there already", placing("buy-limit", "1.101"), "PRICE_MOVED"],
    [
      "its time is over",
      placing("buy-limit", "1.09", {
        signal: { pending: { ...terms("buy-limit", "1.09"), expiresAt: NOW } },
      }),
      "STALE",
    ],
    [
      "it would be several orders",
      placing("buy-limit", "1.09", { market: { spec: { volumeMax: lots("0.4") } } }),
      "ABOVE_MAX_VOLUME",
    ],
    [
      "paused",
      placing("buy-limit", "1.09", { follower: { mode: "paused", facts: limits } }),
      "PAUSED",
    ],
    [
      "killed",
      placing("buy-limit", "1.09", { follower: { killed: true, facts: limits } }),
      "KILLED",
    ],
    ["filtered", placing("buy-limit", "1.09", { rules: { sides: ["sell"] } }), "SIDE_EXCLUDED"],
    ["only watched", placing("buy-limit", "1.09", { rules: { mode: "monitor" } }), "MONITOR"],
    [
      "offline",
      placing("buy-limit", "1.09", { follower: { online: false, facts: limits } }),
      "ACCOUNT_OFFLINE",
    ],
    [
      "over before it could be",
      placing("buy-limit", "1.09", { follower: { isOver: true, facts: limits } }),
      "ALREADY_CLOSED",
    ],
    ["from before", placing("buy-limit", "1.09", { signal: { existing: true } }), "EXISTING"],
    ["too old", placing("buy-limit", "1.09", { signal: { ageAtReceiptMs: 60_001 } }), "STALE"],
  ])("%s", (_, given, reason) => expect(answer(given)).toBe(reason));
});

function mirrorOf(change: Partial<CopiedPosition> = {}, order: Partial<MirroredOrder> = {}) {
  return copiedOf([], {
    ...{ position: "order:7", state: "pending" },
    ...change,
    order: {
      ...terms("buy-limit", "1.09"),
      ...{ key: "KEY", orderId: "77", volume: lots("1"), filled: 0n, deals: [], firedAt: null },
      ...{ masterGone: false, linked: null, masterFilled: 0n, astray: false },
      ...order,
    },
  });
}
const filled = (volume: string, change: Partial<CopiedPosition> = {}, order = {}) =>
  mirrorOf(
    { ...copiedOf([volume]), position: "order:7", ...change },
    { orderId: null, filled: lots(volume), firedAt: NOW, ...order },
  );

describe("what follows the master's order", () => {
  const facts = { ...PLAIN_ACCOUNT, pendingOrders: ORDER_TYPES };
  const following = (
    kind: "change" | "cancel",
    copied: CopiedPosition,
    more: DecisionCase["signal"] = {},
  ): string =>
    answer(
      placing("buy-limit", "1.095", {
        // Whatever the rules say by now.
        rules: { pendingOrders: "off", sides: ["sell"], mode: "paused" },
        signal: { kind, before: lots("1"), after: kind === "cancel" ? 0n : lots("1"), ...more },
        follower: { copied, facts },
      }),
    );

  test("a change, whole", () =>
    expect(following("change", mirrorOf())).toBe("change buy-limit at 1.095 77"));
  test("a change that would fill at once cancels", () =>
    expect(
      following("change", mirrorOf(), { pending: terms("buy-limit", "1.2"), price: lots("1.2") }),
    ).toBe("cancel 77"));
  test("a change of its lots cancels", () =>
    expect(following("change", mirrorOf(), { after: lots("2") })).toBe("cancel 77"));
  test("a change once it has filled", () =>
    expect(following("change", filled("1"))).toBe("MIRRORED"));
  test("a change once it is over", () =>
    expect(following("change", mirrorOf({ state: "closed" }, { orderId: null }))).toBe(
      "ALREADY_CLOSED",
    ));
  test("a cancel", () => expect(following("cancel", mirrorOf())).toBe("cancel 77"));
  test("a cancel after it has filled alone closes that", () =>
    expect(following("cancel", filled("1"))).toBe("close 1 h1"));
  test("a cancel after a part has filled closes that and cancels the rest", () =>
    expect(following("cancel", filled("0.4", { state: "pending" }, { orderId: "77" }))).toBe(
      "close 0.4 h1, cancel 77",
    ));
  test("a cancel of what a hand has taken away", () =>
    expect(following("cancel", mirrorOf({ state: "detached" }, { orderId: null }))).toBe(
      "DETACHED",
    ));
  test("a cancel of what was never placed", () => {
    const given = placing("buy-limit", "1.09", { signal: { kind: "cancel" } });
    expect(answer(given)).toBe("NEVER_OPENED");
  });
});

describe("a deal of the master that fills the order", () => {
  const filling = (mirror: CopiedPosition, copied: CopiedPosition | null = null) =>
    decided({
      rules: { pendingOrders: "mirror" },
      signal: { orderId: "7", fromPending: true },
      follower: { mirror, copied },
    });
  test.each<[string, CopiedPosition, string]>([
    ["what it has filled is taken over", filled("1"), "MIRRORED"],
    [
      "what its stop has ended is not opened again",
      filled("1", { state: "stopped-out", holdings: [] }),
      "DETACHED",
    ],
    [
      "what its hand took away is not opened",
      mirrorOf({ state: "detached" }, { orderId: null }),
      "DETACHED",
    ],
    [
      "what was cancelled before it filled is opened",
      mirrorOf({ state: "closed" }, { orderId: null }),
      "open 1",
    ],
    [
      "what filled alone and was closed is opened",
      filled("1", { state: "closed", holdings: [] }),
      "open 1",
    ],
  ])("%s", (_, mirror, answered) => expect(said(filling(mirror))).toBe(answered));

  test("the rest of an order of which a part was taken over is answered by it", () => {
    const mirror = filled("1", { state: "closed", holdings: [] }, { linked: "p1" });
    expect(said(filling(mirror, copiedOf(["1"])))).toBe("MIRRORED");
    expect(said(filling(mirror, copiedOf([], { state: "closed" })))).toBe("DUPLICATE");
  });
});

describe("the master's order ends with a part unfilled", () => {
  const ending = (held: string, masterFilled: string, rest: string) =>
    decided(
      placing("buy-limit", "1.09", {
        signal: { kind: "cancel", before: lots(rest), after: 0n },
        follower: {
          copied: filled(
            "1",
            { state: "closed", holdings: [] },
            { linked: "p1", masterFilled: lots(masterFilled) },
          ),
          linked: copiedOf([held]),
        },
      }),
    );
  test.each([
    ["the copy gives back the same share", "1", "0.75", "0.25", "close 0.25 h1"],
    ["to the nearest step", "1", "0.7", "2.3", "close 0.77 h1"],
    ["too little to close", "1", "999", "1", "BELOW_VOLUME_STEP"],
  ])("%s", (...[, held, done, rest, answered]) => {
    const decision = ending(held, done, rest);
    expect(said(decision)).toBe(answered);
    expect(decision.place).toBe("p1");
  });
});

describe("pendingGraceMs, and what must not stand", () => {
  const due = (copied: CopiedPosition, afterMs: number, change: object = {}) => {
    const subscription = subscriptionOf({
      rules: [{ version: 1, fromSequence: 0, rules: parseRules({ pendingGraceMs: 1_000 }) }],
      copied: new Map([[copied.position, copied]]),
      ...change,
    });
    const context = { fence: 1, now: NOW + afterMs, tried: new WeakMap() };
    return {
      asked: mirrorsDue(subscription, context)
        .map(({ kind }) => kind)
        .join(" "),
      inMs: untilDue(subscription, NOW + afterMs),
    };
  };
  test.each<[string, CopiedPosition, number, string, number | null]>([
    ["one that stands is left alone", mirrorOf(), 9_999, "", null],
    ["what has filled alone waits", filled("1"), 999, "", 1],
    ["and is closed", filled("1"), 1_000, "close", 0],
    [
      "a part: the rest is cancelled first",
      filled("0.4", { state: "pending" }, { orderId: "77" }),
      1_000,
      "cancel",
      0,
    ],
    ["the master's is gone: cancelled", mirrorOf({}, { masterGone: true }), 0, "cancel", null],
    ["the master's is gone: closed", filled("1", {}, { masterGone: true }), 0, "close", 1_000],
    ["a change was refused", mirrorOf({}, { astray: true }), 0, "cancel", null],
    ["the master's has been taken over", mirrorOf({}, { linked: "p1" }), 0, "cancel", null],
    ["what its hand has ended", filled("1", { state: "detached" }), 9_999, "", 0],
  ])("%s", (...[, copied, afterMs, asked, inMs]) =>
    expect(due(copied, afterMs)).toEqual({ asked, inMs }),
  );
  test.each<[string, object]>([
    ["paused", { mode: "paused" }],
    ["close-only", { mode: "close-only" }],
    ["being stopped", { stopping: "close-by-master" }],
    ["barred", { barred: "RISK_LIMIT" }],
    ["killed", { killed: true }],
  ])("%s: cancelled", (_, change) => expect(due(mirrorOf(), 0, change).asked).toBe("cancel"));
});
