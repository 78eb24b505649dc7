import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { compiled, play, pointOf } from "../testing/risk-builders.ts";
import { compileLimit } from "./limit.ts";
import {
  advanceLimit,
  dueAt,
  type LimitState,
  type ResetRequest,
  resetLimit,
} from "./limit-state.ts";
import { propFirmLimits } from "./presets.ts";
import { limitStateFromJson, stateToJson } from "./state-json.ts";

const DAY = "2025-03-06T";
const at = (time: string, equity: number, more = {}) =>
  pointOf(`${DAY}${time}Z`, { equity, ...more });
const staged = compiled({
  absolute: "1000",
  alertAt: "0.5",
  closeOnlyAt: "0.8",
  action: "close-all-and-stop",
});

test("each stage is reached once and in words", () => {
  const { events, state } = play(staged, [
    at("08:00", 10_000),
    at("09:00", 9_500),
    at("09:01", 9_499),
    at("09:02", 9_200),
    at("09:03", 9_900), // what calls for action does not fall by itself
    at("09:04", 9_200),
    at("10:00", 8_999.5),
    at("11:00", 8_000),
  ]);
  expect(events.map(({ number, from, to }) => [number, from, to])).toEqual([
    [1, "clear", "alert"],
    [2, "alert", "close-only"],
    [3, "close-only", "close-all-and-stop"],
  ]);
  expect(state).toMatchObject({ stage: "close-all-and-stop", events: 3 });
  expect(events[2]?.words).toBe(
    "A loss of 1000.50 is 100.05 % of the limit of 1000.00 for the day (from 00:00, UTC): " +
      "equity 8999.50 against the highest equity, 10000.00. " +
      "Now all copies are closed and copying stops.",
  );
  expect(events[2]?.facts).toMatchObject({
    amount: "1000.5",
    threshold: "1000",
    usedPercent: "100.05",
  });
});

test("a fall through all stages at once is one event", () => {
  const { events } = play(staged, [at("08:00", 10_000), at("09:00", 5_000)]);
  expect(events.map(({ from, to }) => [from, to])).toEqual([["clear", "close-all-and-stop"]]);
});

describe("debounce", () => {
  const limit = compiled({ absolute: "1000", debounceMs: 3_000 });
  test("a spike that is over before does not trip", () => {
    const { events, state } = play(limit, [
      at("08:00", 10_000),
      at("08:00:01", 8_000),
      at("08:00:03.999", 8_000),
      at("08:00:04", 9_500),
      at("08:00:05", 8_000),
      at("08:00:07.999", 8_000),
    ]);
    expect(events).toEqual([]);
    expect(dueAt(limit, state)).toBe(Date.parse(`${DAY}08:00:08Z`));
  });
  test("what lasts trips, at the first point that is late enough", () => {
    const { events } = play(limit, [
      at("08:00", 10_000),
      at("08:00:01", 8_000),
      at("08:00:04", 8_000),
    ]);
    expect(events.map((event) => event.at)).toEqual([Date.parse(`${DAY}08:00:04Z`)]);
  });
  test("a point from the past changes nothing", () => {
    const { state } = play(limit, [at("08:00", 10_000), at("08:00:01", 8_000)]);
    expect(advanceLimit(limit, state, at("07:00", 20_000)).state).toBe(state);
  });
});

describe("an alert", () => {
  const limit = compiled({ absolute: "1000", alertAt: "0.5" });
  const alerts = (points: Parameters<typeof play>[1]) => play(limit, points).events.length;
  test("does not flap around its share, and is armed again well below", () => {
    const start = [at("08:00", 10_000), at("09:00", 9_500)];
    expect(alerts([...start, at("09:01", 9_510), at("09:02", 9_490)])).toBe(1);
    expect(alerts([...start, at("09:01", 9_610), at("09:02", 9_490)])).toBe(2);
  });
  test("is armed again by a new day, and a trip is not", () => {
    const tripped = [at("08:00", 10_000), at("09:00", 8_900)];
    const { state } = play(limit, [...tripped, pointOf("2025-03-07T08:00Z", { equity: 8_900 })]);
    expect(state.stage).toBe("close-only");
    const alerted = [at("08:00", 10_000), at("09:00", 9_400)];
    const next = play(limit, [...alerted, pointOf("2025-03-07T00:00Z", { equity: 9_400 })]);
    expect(next.state.stage).toBe("clear");
  });
});

describe("reset by hand", () => {
  const limit = compiled({ absolute: "1000" });
  const tripped = play(limit, [at("08:00", 10_000), at("09:00", 8_900)]).state;
  const ask: ResetRequest = {
    at: Date.parse(`${DAY}10:00Z`),
    by: "Ada",
    reason: "news is over",
    measureFrom: "now",
  };
  test("is recorded with who and why, and measures from now on", () => {
    const { state, event } = resetLimit(limit, tripped, ask);
    expect(event).toMatchObject({
      number: 2,
      kind: "reset",
      from: "close-only",
      to: "clear",
      by: "Ada",
    });
    expect(event.words).toContain("news is over");
    expect(play(limit, [at("10:01", 8_000)], state).events).toEqual([]);
    expect(play(limit, [at("10:01", 7_900)], state).events).toHaveLength(1);
  });
  test("from the period's start it trips again while it is exceeded", () => {
    const { state } = resetLimit(limit, tripped, { ...ask, measureFrom: "period-start" });
    expect(play(limit, [at("10:01", 8_900)], state).events).toMatchObject([{ number: 3 }]);
  });
  test.each([{ by: " " }, { reason: "" }, { reason: "x".repeat(501) }])("not with %j", (wrong) => {
    expect(() => resetLimit(limit, tripped, { ...ask, ...wrong })).toThrow(
      expect.objectContaining({ code: "BAD_INPUT" }),
    );
  });
  test("not where nothing was reached", () => {
    expect(() => resetLimit(limit, { ...tripped, stage: "clear" }, ask)).toThrow();
  });
});

test("a state that was stored and read back goes on as if nothing had happened", () => {
  const equities = fc.array(fc.integer({ min: 8_000, max: 11_000 }), {
    minLength: 2,
    maxLength: 30,
  });
  const cut = fc.nat(29);
  fc.assert(
    fc.property(equities, cut, fc.boolean(), (list, where, rolling) => {
      const limit = compiled({ rolling, absolute: "800", alertAt: "0.5", debounceMs: 120_000 });
      const start = Date.parse("2025-03-06T20:00Z");
      const points = list.map((equity, index) => pointOf(start + index * 700_000, { equity }));
      const whole = play(limit, points);
      const before = play(limit, points.slice(0, where));
      const read: LimitState = limitStateFromJson(JSON.parse(stateToJson(before.state)), true);
      expect(read).toEqual(before.state);
      const after = play(limit, points.slice(where), read);
      expect([...before.events, ...after.events]).toEqual(whole.events);
    }),
  );
});

describe("prop-firm accounts of 100,000", () => {
  const terms = {
    initialSize: parseFixed("100000"),
    dailyLoss: parseFixed("0.05"),
    dailyFrom: "balance",
    totalLoss: parseFixed("0.1"),
    total: "fixed",
    timeZone: "Europe/Prague",
    resetAt: "00:00",
  } as const;
  const limitsOf = (more = {}) => propFirmLimits({ ...terms, ...more }).map(compileLimit);
  const evening = pointOf("2025-03-29T22:30Z", { balance: 104_000, equity: 106_000 });

  test("daily loss from the midnight balance, at nine tenths, on the short day too", () => {
    const [daily] = limitsOf();
    if (daily === undefined) throw new Error("no limit");
    // Midnight of March 30 in Prague is 23:00 UTC; the next one, after the change, 22:00 UTC.
    const held = pointOf("2025-03-30T21:59Z", { balance: 104_000, equity: 99_501 });
    expect(play(daily, [evening, held]).events.map(({ to }) => to)).toEqual(["alert"]);
    const over = pointOf("2025-03-30T21:59Z", { balance: 104_000, equity: 99_500 });
    expect(play(daily, [evening, over]).events).toMatchObject([{ to: "close-all-and-stop" }]);
    const nextDay = pointOf("2025-03-30T22:00Z", { balance: 99_000, equity: 95_000 });
    const start = pointOf("2025-03-30T21:59:59Z", { balance: 99_400, equity: 99_600 });
    expect(play(daily, [evening, start, nextDay]).events.at(-1)?.to).toBe("alert");
  });
  test("or from the higher of balance and equity", () => {
    const [daily] = limitsOf({ dailyFrom: "higher" });
    if (daily === undefined) throw new Error("no limit");
    const over = pointOf("2025-03-30T12:00Z", { balance: 104_000, equity: 101_500 });
    expect(play(daily, [evening, over]).events).toMatchObject([{ to: "close-all-and-stop" }]);
  });
  test("total loss fixed at the initial size, or trailing the highest equity", () => {
    const first = pointOf("2025-03-10T10:00Z", { equity: 98_000 });
    const high = pointOf("2025-03-11T10:00Z", { equity: 112_000 });
    const fixed = limitsOf()[1];
    const trailing = limitsOf({ total: "trailing" })[1];
    if (fixed === undefined || trailing === undefined) throw new Error("no limit");
    const low = pointOf("2025-03-12T10:00Z", { equity: 103_000 });
    expect(play(fixed, [first, high, low]).events).toEqual([]);
    expect(play(trailing, [first, high, low]).events.at(-1)?.to).toBe("close-all-and-stop");
    const lower = pointOf("2025-03-12T10:00Z", { equity: 91_000 });
    expect(play(fixed, [first, lower]).events.at(-1)?.to).toBe("close-all-and-stop");
  });
});
