/** Strategies, and the subscriptions that follow them. */
import { z } from "zod";
import type { CopyRecords } from "../records/copies.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut, pageIn, pageOut } from "./schema.ts";

const STRATEGY = z
  .strictObject({
    id: idOut("strategy"),
    name: z.string(),
    master_id: idOut("account"),
    master: z.string(),
    currency: z.string(),
    created_at: instantOut(),
    subscriptions: z.int().describe("That are not stopped."),
  })
  .meta({ id: "Strategy" });

const MODE = z.enum(["active", "close-only", "paused", "monitor", "stopped"]);

export const SUBSCRIPTION = z
  .strictObject({
    id: idOut("subscription"),
    strategy_id: idOut("strategy"),
    strategy: z.string(),
    master_id: idOut("account"),
    account_id: idOut("account"),
    account: z.string(),
    mode: MODE,
    from_sequence: z.int().describe("The master's signals after this one are decided."),
    decided_through: z.int(),
    created_at: instantOut(),
    rules_version: z.int(),
  })
  .meta({ id: "Subscription" });

const shared = { method: "get", tag: "Strategies" } as const;

export function strategyRoutes(records: CopyRecords): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listStrategies", path: "/strategies" },
      permission: "strategies:read",
      summary: "Lists strategies, the newest first.",
      query: z.strictObject(pageIn),
      answer: pageOut(STRATEGY),
      run: ({ principal, query }) =>
        listOf("strategies", query, (page) => records.strategies(principal, page)),
    }),
    route({
      ...{ ...shared, name: "getStrategy", path: "/strategies/{strategy}" },
      permission: "strategies:read",
      summary: "Reads a strategy.",
      params: z.strictObject({ strategy: idIn("strategy") }),
      answer: STRATEGY,
      example: { params: { strategy: exampleId("strategy") } },
      run: ({ principal, params }) => records.strategy(principal, params.strategy),
    }),
  ];
}

export function subscriptionRoutes(records: CopyRecords): readonly Route[] {
  return [
    route({
      ...{ method: "get", tag: "Subscriptions", permission: "copies:read" },
      name: "listSubscriptions",
      path: "/subscriptions",
      summary: "Lists subscriptions, the newest first.",
      query: z.strictObject({
        ...pageIn,
        strategy: idIn("strategy").optional(),
        account: idIn("account").optional(),
        mode: MODE.optional(),
      }),
      answer: pageOut(SUBSCRIPTION),
      run: ({ principal, query }) =>
        listOf("subscriptions", query, (page) => records.subscriptions(principal, query, page)),
    }),
    route({
      ...{ method: "get", tag: "Subscriptions", permission: "copies:read" },
      name: "getSubscription",
      path: "/subscriptions/{subscription}",
      summary: "Reads a subscription.",
      params: z.strictObject({ subscription: idIn("subscription") }),
      answer: SUBSCRIPTION,
      example: { params: { subscription: exampleId("subscription") } },
      run: ({ principal, params }) => records.subscription(principal, params.subscription),
    }),
  ];
}
