/** One action on many subscriptions or divergences, tried out first, with a result for each. */
import { z } from "zod";
import { allows } from "../identity/permissions.ts";
import type { Principal } from "../identity/principal.ts";
import type { Timers } from "../platform/clock.ts";
import type { CopyRecords } from "../records/copies.ts";
import type { DeskRecords } from "../records/desk.ts";
import type { Row } from "../records/view.ts";
import type { Work } from "../subscriptions/operation-legs.ts";
import {
  beginOperation,
  cancelOperation,
  type OperationDeps,
} from "../subscriptions/operations.ts";
import { WAYS_TO_STOP } from "../subscriptions/service.ts";
import { ApiError } from "./errors.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut, nameIn, pageIn, pageOut, wordIn } from "./schema.ts";
import { VERBS } from "./subscriptions.ts";

const LEGS_MAX = 500;
/** What is done by then is in the first answer. */
const WAIT_MS = 1_000;
const REASON_MAX = 500;
const TAG_MAX = 40;
const ACTIONS: readonly [string, ...string[]] = ["realign", "stop", ...VERBS.map(([verb]) => verb)];

const OPERATION = z
  .strictObject({
    id: idOut("operation"),
    action: z.string(),
    reason: z.string(),
    dry_run: z.boolean(),
    state: z
      .enum(["running", "ended", "cancelled", "interrupted"])
      .describe("interrupted: its process is gone; to ask again repeats nothing."),
    legs: z.array(
      z.strictObject({
        subscription_id: idOut("subscription").nullable(),
        divergence_id: idOut("divergence").nullable().default(null),
        account_id: idOut("account"),
        before: z.string().describe("The mode it had, or what had come apart."),
        state: z
          .enum(["planned", "unchanged", "done", "asked", "refused", "waiting", "cancelled"])
          .describe("asked: the account's owner does it; see its divergence."),
        code: z.string().nullable(),
        detail: z.string().nullable().default(null).describe("What it takes, in words."),
      }),
    ),
    by_whom: z.string(),
    at: instantOut(),
    ended_at: instantOut().nullable(),
  })
  .meta({ id: "Operation" });

const SELECTOR = z
  .strictObject({
    strategy_id: idIn("strategy").optional(),
    account_id: idIn("account").optional(),
    group_id: idIn("group").optional(),
    tag: wordIn(TAG_MAX).optional(),
  })
  .refine((selector) => Object.values(selector).some((one) => one !== undefined), {
    error: "names neither a strategy nor an account, a group or a tag",
  });

const BODY = z
  .strictObject({
    action: z.enum(ACTIONS),
    selector: SELECTOR.describe("What fits all that it names."),
    positions: z.enum(WAYS_TO_STOP).optional().describe("To stop: what becomes of what is held."),
    reason: nameIn(REASON_MAX),
    dry_run: z.boolean().default(false),
  })
  .refine(({ action, positions }) => (action === "stop") === (positions !== undefined), {
    path: ["positions"],
    error: "is said where the action is to stop, and only there",
  });

const shared = { tag: "Operations" } as const;

export type OperationParts = OperationDeps & {
  readonly desk: DeskRecords;
  readonly timers: Pick<Timers, "sleep">;
};

export function operationRoutes(records: CopyRecords, parts: OperationParts): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "createOperation", method: "post", path: "/operations", status: 202 },
      permission: "copies:write",
      summary: "Does one thing to every subscription, or open divergence, that fits.",
      description:
        "Answers with what is done within a second, and goes on: read it again until it is not " +
        "`running`. With `dry_run` it tells what it would do, and does nothing. To stop with `close-now` closes " +
        "all that is held; to realign asks for divergences:write too.",
      idempotency: "required",
      refuses: ["NOT_FOUND", "CONFLICT"],
      body: BODY,
      answer: OPERATION,
      example: {
        body: {
          ...{ action: "pause", reason: "Maintenance at the broker.", dry_run: true },
          selector: { strategy_id: exampleId("strategy") },
        },
      },
      async run({ principal, body }) {
        const { action, selector, reason, positions, dry_run: dryRun } = body;
        const work = workOf(action, positions);
        const meant = await meantBy(principal, { work, selector }, { records, desk: parts.desk });
        const operation = { action, work, reason, dryRun };
        const { id, ended } = await beginOperation(parts, principal, { operation, meant });
        await Promise.race([ended, parts.timers.sleep(WAIT_MS)]);
        return records.operation(principal, id);
      },
    }),
    route({
      ...{ ...shared, name: "listOperations", method: "get", path: "/operations" },
      permission: "copies:read",
      summary: "Lists operations, the newest first.",
      query: z.strictObject(pageIn),
      answer: pageOut(OPERATION),
      run: ({ principal, query }) =>
        listOf("operations", query, (page) => records.operations(principal, page)),
    }),
    route({
      ...{ ...shared, name: "getOperation", method: "get", path: "/operations/{operation}" },
      permission: "copies:read",
      summary: "Reads an operation with what became of each of its legs.",
      params: z.strictObject({ operation: idIn("operation") }),
      answer: OPERATION,
      example: { params: { operation: exampleId("operation") } },
      run: ({ principal, params }) => records.operation(principal, params.operation),
    }),
    route({
      ...{ ...shared, name: "cancelOperation", method: "post" },
      path: "/operations/{operation}/cancel",
      permission: "copies:write",
      summary: "Begins no further leg; what is done stays done, and what is over as it is.",
      params: z.strictObject({ operation: idIn("operation") }),
      answer: OPERATION,
      example: { params: { operation: exampleId("operation") } },
      async run({ principal, params: { operation: id } }) {
        await records.operation(principal, id);
        await cancelOperation(parts, principal, id);
        return records.operation(principal, id);
      },
    }),
  ];
}

function workOf(action: string, positions: (typeof WAYS_TO_STOP)[number] | undefined): Work {
  if (action === "realign") return { kind: "realign" };
  if (positions !== undefined) return { kind: "stop", positions };
  const [, mode = "paused"] = VERBS.find(([verb]) => verb === action) ?? [];
  return { kind: "mode", mode };
}

type Meant = { readonly work: Work; readonly selector: z.output<typeof SELECTOR> };

/** What fits, a hundred at most. */
async function meantBy(
  principal: Principal,
  { work, selector }: Meant,
  { records, desk }: { readonly records: CopyRecords; readonly desk: DeskRecords },
): Promise<readonly Row[]> {
  const { strategy_id: strategy, account_id: account, group_id: group, tag } = selector;
  const filter = { strategy, account, group, tag };
  const page = { limit: LEGS_MAX, after: null };
  const isRealign = work.kind === "realign";
  if (isRealign && !allows(principal, "divergences:write")) {
    throw new ApiError("FORBIDDEN", "To realign asks for divergences:write.");
  }
  const { rows, next } = isRealign
    ? await desk.divergences(principal, { ...filter, state: "open" }, page)
    : await records.subscriptions(principal, filter, page);
  const what = isRealign ? "open divergence" : "subscription";
  if (rows.length === 0) throw new ApiError("NOT_FOUND", `No ${what} fits.`);
  if (next === null) return rows;
  throw new ApiError("CONFLICT", `More than ${LEGS_MAX} fit: name fewer.`);
}
