/** What rules that are applied to open positions close, and which stops they set. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { copiedOf, marketOf } from "../testing/follower-builders.ts";
import type { CopiedPosition } from "./decision.ts";
import { reapply } from "./reapply.ts";
import { heldVolume } from "./reduce.ts";
import { refuse } from "./refusal.ts";
import { parseRules } from "./rules.ts";

const MARKET = marketOf({ rates: { "USD>USD": "1" } });
const copy = (position: string, volumes: readonly string[], change: Partial<CopiedPosition> = {}) =>
  copiedOf(volumes, { position, openedBy: Number(position.slice(1)), ...change });

type Given = { readonly rules: object; readonly others?: readonly CopiedPosition[] };

const applied = (copies: readonly CopiedPosition[], { rules, others = [] }: Given) =>
  reapply({
    rules: parseRules(rules),
    ofSubscription: copies,
    ofAccount: [...copies, ...others],
    equity: parseFixed("10000"),
    ...{ currency: "USD", market: MARKET },
    stops: (one) => ({
      ...{ stopLoss: one.stopLoss, takeProfit: one.takeProfit, stopLossAsked: null, steps: [] },
    }),
  });
const told = (copies: readonly CopiedPosition[], rules: object) =>
  applied(copies, { rules }).map(
    ({ leg: { position, held, close, cap, skipped } }) =>
      `${position} ${formatFixed(held)}-${formatFixed(close)} ${cap ?? skipped ?? ""}`,
  );

test("each cap in lots is kept, and the newest copies give up first", () => {
  const copies = [copy("p2", ["0.5"]), copy("p1", ["1"])];
  expect(told(copies, { guards: { maxVolume: "0.7" } })).toEqual([
    "p1 1-0.3 maxVolume",
    "p2 0.5-0 ",
  ]);
  const perSymbol = { guards: { maxVolumePerSymbol: "1.2" } };
  expect(told(copies, perSymbol)).toEqual(["p1 1-0 ", "p2 0.5-0.3 maxVolumePerSymbol"]);
  const total = { guards: { maxTotalVolume: "0.8" } };
  expect(told(copies, total)).toEqual(["p1 1-0.2 maxTotalVolume", "p2 0.5-0.5 maxTotalVolume"]);
  // 10,000 of equity at 1 : 11 carry one lot at 109,995.
  const leverage = { guards: { maxLeverage: "11" } };
  expect(told(copies, leverage)).toEqual(["p1 1-0 ", "p2 0.5-0.5 maxLeverage"]);
});

test("less than the symbol's minimum is nothing, and what is under every cap stays", () => {
  expect(told([copy("p1", ["1"])], { guards: { maxVolume: "0.005" } })).toEqual([
    "p1 1-1 maxVolume",
  ]);
  expect(told([copy("p1", ["1"])], { guards: { maxVolume: "1" } })).toEqual(["p1 1-0 "]);
});

test("risk at the stop is measured from the own opening price, and has no bound without a stop", () => {
  // A hundred points of a lot are 100: two percent of 10,000 bear two lots.
  const risk = { guards: { maxRiskPerTradePercent: "2" } };
  const stopLoss = parseFixed("1.09900");
  expect(told([copy("p1", ["3"], { stopLoss })], risk)).toEqual(["p1 3-1 maxRiskPerTradePercent"]);
  expect(told([copy("p1", ["3"])], risk)).toEqual(["p1 3-0 MAX_RISK"]);
  const beyond = { side: "sell", stopLoss } as const;
  expect(told([copy("p1", ["3"], beyond)], risk)).toEqual(["p1 3-0 "]);
});

test("what was added last is closed first, and stops go to what is left", () => {
  const one = copy("p1", ["1", "0.5"], { stopLoss: parseFixed("1.05") });
  const [found] = reapply({
    rules: parseRules({ guards: { maxVolume: "0.9" } }),
    ofSubscription: [one],
    ofAccount: [one],
    equity: null,
    ...{ currency: "USD", market: MARKET },
    stops: () => ({
      ...{ stopLoss: parseFixed("1.06"), takeProfit: null, stopLossAsked: null, steps: [] },
    }),
  });
  const plans = found?.plans.map(
    ({ kind, positionId, volume }) =>
      `${kind} ${positionId} ${volume === null ? "" : formatFixed(volume)}`,
  );
  expect(plans).toEqual(["close h2 0.5", "close h1 0.1", "protect h1 "]);
});

test("what is no open copy is left alone, and a refusal is told", () => {
  const detached = copy("p2", ["1"], { state: "detached" });
  expect(told([detached, copy("p3", [])], { guards: { maxVolume: "0.1" } })).toEqual([]);
  const one = copy("p1", ["1"]);
  const [found] = reapply({
    rules: parseRules({}),
    ofSubscription: [one],
    ofAccount: [one],
    ...{ equity: null, currency: "USD", market: MARKET },
    stops: () => refuse("INVALID_STOPS", { step: "stops" }),
  });
  expect(found).toMatchObject({ leg: { skipped: "INVALID_STOPS", stops: null }, plans: [] });
  expect(told([one], { stops: { lockAfterOpen: true } })).toEqual(["p1 1-0 STOPS_LOCKED"]);
});

test("whatever the caps, nothing is enlarged and all caps are kept", () => {
  const lots = fc.integer({ min: 1, max: 300 }).map((n) => formatFixed(BigInt(n) * 1_000_000n));
  const sizes = fc.array(fc.array(lots, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(
      sizes,
      lots,
      lots,
      lots,
      (volumes, maxVolume, maxVolumePerSymbol, maxTotalVolume) => {
        const copies = volumes.map((one, index) => copy(`p${index + 1}`, one));
        const guards = { maxVolume, maxVolumePerSymbol, maxTotalVolume };
        const found = applied(copies, { rules: { guards } });
        const left = found.map(({ leg: { held, close } }) => held - close);
        for (const [index, { leg, plans }] of found.entries()) {
          expect(plans.every(({ kind }) => kind === "close")).toBe(true);
          expect(leg.close >= 0n && leg.close <= leg.held).toBe(true);
          expect((left[index] ?? 0n) <= parseFixed(maxVolume)).toBe(true);
          const closed = plans.map(({ positionId, volume }) => ({
            positionId: positionId ?? "",
            volume: volume ?? 0n,
          }));
          expect(heldVolume(closed)).toBe(leg.close);
        }
        const all = left.reduce((sum, one) => sum + one, 0n);
        expect(all <= parseFixed(maxVolumePerSymbol) && all <= parseFixed(maxTotalVolume)).toBe(
          true,
        );
      },
    ),
  );
});
