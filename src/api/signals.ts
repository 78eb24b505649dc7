/** Signals, and the decisions that answer them, each with the way it was come to. */
import { z } from "zod";
import type { SkipReason } from "../domain/codes.ts";
import { SKIP_REASONS } from "../domain/codes.ts";
import type { Explanation } from "../explain/read.ts";
import { stepWords } from "../explain/words.ts";
import type { CopyRecords, DecisionId } from "../records/copies.ts";
import type { View } from "../records/view.ts";
import { DECISION_ID_IN, DECISION_ID_OUT, exampleDecision } from "./decision-id.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import {
  decimalOut,
  exampleId,
  idIn,
  idOut,
  instantIn,
  instantOut,
  pageIn,
  pageOut,
  wordIn,
} from "./schema.ts";

const KIND = z.enum([
  "open",
  "increase",
  "reduce",
  "close",
  "protect",
  "place",
  "change",
  "cancel",
]);
const REASON = z.enum(Object.keys(SKIP_REASONS) as [SkipReason, ...SkipReason[]]);
const SIDE = z.enum(["buy", "sell"]);
const price = () => decimalOut().nullable();

const SIGNAL = z
  .strictObject({
    id: idOut("signal"),
    master_id: idOut("account"),
    sequence: z.int().describe("Counts the master's signals."),
    kind: KIND,
    position: z.string(),
    symbol: z.string().describe("As the master's broker writes it."),
    side: SIDE,
    volume: decimalOut(),
    before_volume: decimalOut(),
    after_volume: decimalOut(),
    price: price(),
    stop_loss: price(),
    take_profit: price(),
    order_id: z.string().nullable(),
    order_type: z.string().nullable(),
    limit_price: price(),
    expires_at: instantOut().nullable(),
    magic: z.int(),
    comment: z.string(),
    existing: z.boolean(),
    age_at_receipt_ms: z.int(),
    at: instantOut(),
    received_at: instantOut(),
    committed_at: instantOut(),
  })
  .meta({ id: "Signal" });

const DECISION_FIELDS = {
  id: DECISION_ID_OUT,
  signal_id: idOut("signal"),
  subscription_id: idOut("subscription"),
  account_id: idOut("account"),
  master_id: idOut("account"),
  sequence: z.int(),
  symbol: z.string(),
  kind: KIND,
  decision: z.enum(["copy", "skip"]),
  reason: REASON.nullable().describe("Why it was skipped."),
  wanted: decimalOut().nullable().describe("Lots before limits and rounding."),
  volume: decimalOut(),
  rules_version: z.int(),
  at: instantOut(),
  committed_at: instantOut().describe("When its signal was."),
};
const DECISION = z.strictObject(DECISION_FIELDS).meta({ id: "Decision" });

const EXPLANATION = z
  .strictObject({
    id: DECISION_ID_OUT,
    account: z.string(),
    strategy: z.string(),
    decision: z.enum(["copy", "skip"]),
    reason: REASON.nullable(),
    words: z.string().nullable().describe("The reason in words."),
    steps: z.array(
      z.strictObject({
        step: z.string(),
        facts: z.record(z.string(), z.string()),
        words: z.string(),
      }),
    ),
    instructions: z.array(
      z.strictObject({
        key: z.string(),
        part: z.int(),
        attempt: z.int(),
        kind: z.string(),
        volume: z.string().nullable(),
        state: z.string(),
        code: z.string().nullable(),
        filled: z.string(),
        price: z.string().nullable(),
        answered_in_ms: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: "Explanation" });

const WHEN = {
  "committed[gte]": instantIn().optional(),
  "committed[lt]": instantIn().optional(),
};
const shared = { method: "get", permission: "copies:read" } as const;

type When = { "committed[gte]"?: string | undefined; "committed[lt]"?: string | undefined };
const whenOf = (query: When) => ({
  from: query["committed[gte]"],
  until: query["committed[lt]"],
});

/** Tells how a decision was come to. */
export type Explain = (view: View, id: DecisionId) => Promise<Explanation>;

export function signalRoutes(records: CopyRecords, explain: Explain): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listSignals", path: "/signals", tag: "Signals" },
      summary: "Lists what masters did, the newest first.",
      query: z.strictObject({
        ...{ ...pageIn, ...WHEN },
        master: idIn("account").optional(),
        symbol: wordIn(64).optional(),
        kind: KIND.optional(),
      }),
      answer: pageOut(SIGNAL),
      run: ({ principal, query }) =>
        listOf("signals", query, (page) =>
          records.signals(principal, { ...query, ...whenOf(query) }, page),
        ),
    }),
    route({
      ...{ ...shared, name: "getSignal", path: "/signals/{signal}", tag: "Signals" },
      summary: "Reads a signal.",
      params: z.strictObject({ signal: idIn("signal") }),
      answer: SIGNAL,
      example: { params: { signal: exampleId("signal") } },
      run: ({ principal, params }) => records.signal(principal, params.signal),
    }),
    ...decisionRoutes(records, explain),
  ];
}

const ONE = z.strictObject({ decision: DECISION_ID_IN });
const example = { params: { decision: exampleDecision } };

function decisionRoutes(records: CopyRecords, explain: Explain): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listDecisions", path: "/decisions", tag: "Decisions" },
      summary: "Lists the answers to signals, the newest signal first.",
      query: z.strictObject({
        ...{ ...pageIn, ...WHEN },
        signal: idIn("signal").optional(),
        subscription: idIn("subscription").optional(),
        account: idIn("account").optional(),
        decision: z.enum(["copy", "skip"]).optional(),
        reason: REASON.optional(),
      }),
      answer: pageOut(DECISION),
      run: ({ principal, query }) =>
        listOf("decisions", query, async (page) => {
          const filter = { ...query, ...whenOf(query) };
          const { rows, next } = await records.decisions(principal, filter, page);
          return { rows: rows.map(withId), next };
        }),
    }),
    route({
      ...{ ...shared, name: "getDecision", path: "/decisions/{decision}", tag: "Decisions" },
      summary: "Reads a decision.",
      params: ONE,
      answer: DECISION,
      example,
      run: async ({ principal, params }) =>
        withId(await records.decision(principal, params.decision)),
    }),
    route({
      ...{ ...shared, name: "explainDecision", tag: "Decisions" },
      path: "/decisions/{decision}/explain",
      summary: "Tells how a decision was come to, and what became of it.",
      params: ONE,
      answer: EXPLANATION,
      example,
      async run({ principal, params }) {
        await records.decision(principal, params.decision);
        return explained(params.decision, await explain(principal, params.decision));
      },
    }),
  ];
}

const withId = (row: Readonly<Record<string, unknown>>) => ({
  ...row,
  id: { signal: String(row["signal_id"]), subscription: String(row["subscription_id"]) },
});

function explained(id: DecisionId, told: Explanation): unknown {
  const reason = told.reason as SkipReason | null;
  return {
    id,
    account: told.account,
    strategy: told.strategy,
    decision: told.decision,
    reason,
    words: reason === null ? null : SKIP_REASONS[reason],
    steps: told.steps.map((one) => {
      const { step, ...facts } = one;
      return { step, facts, words: stepWords(one, told.origins) };
    }),
    instructions: told.instructions.map(({ millisecondsToAnswer, ...rest }) => ({
      ...rest,
      answered_in_ms: millisecondsToAnswer,
    })),
  };
}
