import { expect, test } from "vitest";
import { LIVE_AS_OF, liveFollower } from "../../testing/live-builders.ts";
import { followerRow } from "./accounts.ts";
import { freshnessOf, freshnessWords } from "./freshness.ts";

const now = LIVE_AS_OF;

test.each([
  ["live", 4_900, "live", "live"],
  ["live", 12_000, "delayed", "delayed 12 s"],
  ["live", 41_000, "stale", "last 14:01:30"],
  ["stale", 1_000, "stale", "last 14:02:10"],
  ["live", 121_000, "offline", "offline since 14:00:10"],
  ["stale", 121_000, "offline", "offline since 14:00:10"],
  ["offline", 0, "offline", "offline since 14:02:11"],
] as const)("link %s, %i ms old: %s", (link, ageMs, expected, words) => {
  const freshness = freshnessOf(link, now - ageMs, now);
  expect(freshness).toBe(expected);
  expect(freshnessWords(freshness, now - ageMs, now)).toBe(words);
});

test("an account that never reported has no figures, not zeros", () => {
  const row = followerRow(liveFollower({ id: "x", asOf: null, figures: null }), new Map(), now);
  expect(row.f).toMatchObject({
    freshness: "offline",
    link: "never connected",
    equity: "–",
    balance: "–",
    profit: "–",
    level: "–",
  });
});
