/** Strategies: what is published, by whom, and under which terms. */
import { z } from "zod";
import type { CopyRecords } from "../records/copies.ts";
import type { SubscriptionService } from "../subscriptions/service.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import {
  exampleId,
  idIn,
  idOut,
  instantOut,
  nameIn,
  pageIn,
  pageOut,
  textIn,
  wordIn,
} from "./schema.ts";

const DESCRIPTION_MAX = 2_000;
const TERMS_MAX = 10_000;

const VISIBILITY = z
  .enum(["private", "unlisted", "public"])
  .describe("private: its own people; unlisted: who knows its id; public: everybody here.");

export const STRATEGY = z
  .strictObject({
    id: idOut("strategy"),
    name: z.string(),
    master_id: idOut("account"),
    master: z.string(),
    broker_id: idOut("broker").describe("The master's."),
    currency: z.string(),
    created_at: instantOut(),
    subscriptions: z.int().describe("That are not stopped."),
    version: z.int().describe("Of what is promised; 0: nothing was published yet."),
    visibility: VISIBILITY,
    description: z.string(),
    terms: z.string(),
  })
  .meta({ id: "Strategy" });

const VERSION = z
  .strictObject({
    strategy_id: idOut("strategy"),
    version: z.int(),
    visibility: VISIBILITY,
    description: z.string(),
    terms: z.string(),
    by_whom: z.string(),
    created_at: instantOut(),
  })
  .meta({ id: "StrategyVersion" });

const ONE = z.strictObject({ strategy: idIn("strategy") });
const example = { params: { strategy: exampleId("strategy") } };
const PROMISE = {
  visibility: VISIBILITY.default("private"),
  description: textIn(DESCRIPTION_MAX).or(z.literal("")).default(""),
  terms: textIn(TERMS_MAX).or(z.literal("")).default(""),
};
const shared = { tag: "Strategies" } as const;

export function strategyRoutes(
  records: CopyRecords,
  service: SubscriptionService,
): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listStrategies", method: "get", path: "/strategies" },
      permission: "strategies:read",
      summary: "Lists strategies, the newest first.",
      query: z.strictObject({
        ...pageIn,
        name: wordIn().optional(),
        master: idIn("account").optional(),
        broker: idIn("broker").optional().describe("The master's."),
      }),
      answer: pageOut(STRATEGY),
      run: ({ principal, query }) =>
        listOf("strategies", query, (page) => records.strategies(principal, page, query)),
    }),
    route({
      ...{ ...shared, name: "getStrategy", method: "get", path: "/strategies/{strategy}" },
      permission: "strategies:read",
      summary: "Reads a strategy.",
      params: ONE,
      answer: STRATEGY,
      example,
      run: ({ principal, params }) => records.strategy(principal, params.strategy),
    }),
    route({
      ...{ ...shared, name: "publishStrategy", method: "post", path: "/strategies", status: 201 },
      permission: "strategies:write",
      summary: "Publishes a strategy over a master account.",
      idempotency: "accepted",
      refuses: ["NOT_FOUND", "BAD_INPUT"],
      body: z.strictObject({ name: nameIn(), master_id: idIn("account"), ...PROMISE }),
      answer: STRATEGY,
      example: { body: { name: "Trend", master_id: exampleId("account"), visibility: "public" } },
      async run({ principal, body: { master_id: master, ...wanted } }) {
        const id = await service.publish(principal, { ...wanted, master });
        return records.strategy(principal, id);
      },
    }),
    ...versionRoutes(records, service),
  ];
}

function versionRoutes(records: CopyRecords, service: SubscriptionService): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "reviseStrategy", method: "post", status: 201 },
      path: "/strategies/{strategy}/versions",
      permission: "strategies:write",
      summary: "Publishes a new version of what a strategy promises.",
      idempotency: "accepted",
      params: ONE,
      body: z.strictObject(PROMISE),
      answer: STRATEGY,
      example: { ...example, body: { visibility: "private", description: "Follows trends." } },
      async run({ principal, params, body }) {
        await service.revise(principal, params.strategy, body);
        return records.strategy(principal, params.strategy);
      },
    }),
    route({
      ...{ ...shared, name: "listStrategyVersions", method: "get" },
      path: "/strategies/{strategy}/versions",
      permission: "strategies:read",
      summary: "Lists the versions of what a strategy promised, the newest first.",
      params: ONE,
      query: z.strictObject(pageIn),
      answer: pageOut(VERSION),
      example,
      async run({ principal, params: { strategy }, query }) {
        await records.strategy(principal, strategy);
        return listOf("strategy_versions", query, (page) =>
          records.strategyVersions(principal, strategy, page),
        );
      },
    }),
  ];
}
