import { expect, test } from "vitest";
import {
  OUTCOME_CODES,
  type OutcomeCode,
  SKIP_REASONS,
  type SkipReason,
} from "../../domain/codes.ts";
import { parseFixed } from "../../domain/fixed.ts";
import { answers, liveResult, liveSignal } from "../../testing/live-builders.ts";
import { shortOf, standingOf, wordsOf } from "./answer.ts";
import { RESULTS_MAX, signalRow } from "./feed.ts";

test("every skip reason and outcome code is shown as its code and its words", () => {
  for (const reason of Object.keys(SKIP_REASONS) as SkipReason[]) {
    const answer = answers.skipped(reason);
    expect([standingOf(answer), wordsOf(answer)]).toEqual(["skipped", SKIP_REASONS[reason]]);
    expect(shortOf(answer)).toBe(reason.toLowerCase().replaceAll("_", " "));
  }
  for (const code of Object.keys(OUTCOME_CODES) as OutcomeCode[]) {
    expect(wordsOf(answers.ended("rejected", code, 1))).toBe(OUTCOME_CODES[code].words);
  }
});

test("an unknown outcome is never shown as rejected or done", () => {
  const unknown = answers.ended("unknown", null, 5_000);
  expect(standingOf(unknown)).toBe("unknown");
  expect(wordsOf(unknown)).toBe("No answer yet: the order may be live.");
});

test("what is undecided, unsent or working is waiting", () => {
  const sent = answers.ended("working", null, 3);
  for (const answer of [answers.undecided, { ...sent, outcome: null }, sent]) {
    expect(standingOf(answer)).toBe("waiting");
    expect(wordsOf(answer)).not.toBe("");
  }
});

test("a signal counts every answer, also those it does not list", () => {
  const results = Array.from({ length: 1_000 }, (_, index) =>
    liveResult(`f${index}`, index < 990 ? answers.done(index / 100) : answers.skipped("STALE")),
  );
  const row = signalRow(liveSignal({ id: "s", results }));
  expect(row.f).toMatchObject({
    summary: "990 done · 10 skipped",
    slowest: "9.9 ms",
    more: "and 976 more followers",
  });
  expect(row.lists["chips"]).toHaveLength(RESULTS_MAX);
});

test("a copy shows the lots it executed, a skip the reason", () => {
  const row = signalRow(
    liveSignal({
      id: "s",
      results: [
        liveResult("a", answers.done(3), { volume: parseFixed("0.62") }),
        liveResult("b", answers.skipped("STALE")),
        liveResult("c", answers.ended("rejected", "NO_MONEY", 3)),
      ],
    }),
  );
  expect(row.lists["chips"]?.map((chip) => chip.f["short"])).toEqual(["0.62", "stale", "no money"]);
});
