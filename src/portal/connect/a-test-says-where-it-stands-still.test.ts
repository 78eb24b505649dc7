import { expect, test } from "vitest";
import { figures, NOW } from "../../testing/follower-builders.ts";
import { type ConnectionFacts, connectionOf } from "./steps.ts";

const READY: ConnectionFacts = {
  ...{ pairing: "paired", served: true, online: true, ready: true, symbols: 12 },
  figures: { ...figures("10000"), asOf: NOW },
  ...{ quotedAt: NOW, tradeAllowed: true, currency: "USD" },
};

const states = (change: Partial<ConnectionFacts>) =>
  connectionOf({ ...READY, ...change }).steps.map(({ id, state }) => `${id} ${state}`);

test("an account of which everything is known is ready", () => {
  expect(connectionOf(READY)).toMatchObject({ state: "done" });
  expect(states({}).every((one) => one.endsWith(" done"))).toBe(true);
  expect(states({ pairing: null })[0]).toBe("connected done");
});

test.each([
  ["paired", "waiting", { pairing: "waiting" }],
  ["paired", "fault", { pairing: "expired" }],
  ["connected", "waiting", { online: false }],
  ["symbols", "waiting", { symbols: 0 }],
  ["snapshot", "waiting", { ready: false }],
  ["snapshot", "fault", { currency: "EUR" }],
  ["quote", "waiting", { quotedAt: null }],
  ["trading", "fault", { tradeAllowed: false }],
] as const)("where %s is %s, nothing after it is said to be done", (id, state, change) => {
  const { steps, state: whole } = connectionOf({ ...READY, ...change });
  const at = steps.findIndex((step) => step.id === id);
  expect(steps[at]?.state).toBe(state);
  expect(steps.slice(0, at).every((step) => step.state === "done")).toBe(true);
  expect(steps.slice(at + 1).every((step) => step.state === "waiting" && step.words === "")).toBe(
    true,
  );
  expect(whole).toBe(state);
});
