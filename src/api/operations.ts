/** One action on many subscriptions, tried out first, with a result for each. */
import { z } from "zod";
import type { CopyRecords } from "../records/copies.ts";
import { type OperationDeps, operate } from "../subscriptions/operations.ts";
import { ApiError } from "./errors.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut, nameIn, pageIn, pageOut } from "./schema.ts";
import { VERBS } from "./subscriptions.ts";

const LEGS_MAX = 100;
const REASON_MAX = 500;
const NAMES = VERBS.map(([verb]) => verb) as [string, ...string[]];

const OPERATION = z
  .strictObject({
    id: idOut("operation"),
    action: z.string(),
    reason: z.string(),
    dry_run: z.boolean(),
    legs: z.array(
      z.strictObject({
        subscription_id: idOut("subscription"),
        account_id: idOut("account"),
        before: z.string().describe("The mode it had."),
        state: z.enum(["planned", "unchanged", "done", "refused"]),
        code: z.string().nullable(),
      }),
    ),
    by_whom: z.string(),
    at: instantOut(),
  })
  .meta({ id: "Operation" });

const SELECTOR = z
  .strictObject({
    strategy_id: idIn("strategy").optional(),
    account_id: idIn("account").optional(),
  })
  .refine(({ strategy_id, account_id }) => (strategy_id ?? account_id) !== undefined, {
    error: "names neither a strategy nor an account",
  });

const shared = { tag: "Operations" } as const;

export function operationRoutes(records: CopyRecords, deps: OperationDeps): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "createOperation", method: "post", path: "/operations", status: 201 },
      permission: "copies:write",
      summary: "Does one thing to every subscription of a strategy or an account.",
      description: "With `dry_run` it tells what it would do, and does nothing.",
      idempotency: "required",
      refuses: ["NOT_FOUND", "CONFLICT"],
      body: z.strictObject({
        action: z.enum(NAMES),
        selector: SELECTOR,
        reason: nameIn(REASON_MAX),
        dry_run: z.boolean().default(false),
      }),
      answer: OPERATION,
      example: {
        body: {
          ...{ action: "pause", reason: "Maintenance at the broker.", dry_run: true },
          selector: { strategy_id: exampleId("strategy") },
        },
      },
      async run({ principal, body: { action, selector, reason, dry_run: dryRun } }) {
        const { strategy_id: strategy, account_id: account } = selector;
        const page = { limit: LEGS_MAX, after: null };
        const { rows, next } = await records.subscriptions(principal, { strategy, account }, page);
        if (rows.length === 0) throw new ApiError("NOT_FOUND", "No subscription fits.");
        if (next !== null) {
          throw new ApiError("CONFLICT", `More than ${LEGS_MAX} subscriptions fit: name fewer.`);
        }
        const [, mode = "paused"] = VERBS.find(([verb]) => verb === action) ?? [];
        const operation = { action, mode, reason, dryRun };
        const id = await operate(deps, principal, { operation, meant: rows });
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
  ];
}
