/** The rules of now applied to what is open: asking for it, or for what it would do, and the answers. */
import { z } from "zod";
import type { Principal } from "../identity/principal.ts";
import type { Application, ReapplyService } from "../subscriptions/reapply/service.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut, nameIn } from "./schema.ts";

const REASON_MAX = 500;

const APPLICATION = z
  .strictObject({
    request_id: z.string(),
    subscription_id: idOut("subscription"),
    dry_run: z.boolean(),
    state: z.enum(["waiting", "done", "refused"]),
    words: z.string(),
    rules_version: z.int().nullable().describe("What was applied, or would be."),
    reason: z.string(),
    by_whom: z.string(),
    created_at: instantOut(),
    legs: z.array(
      z.strictObject({
        position: z.string().describe("The master's."),
        symbol: z.string(),
        side: z.enum(["buy", "sell"]),
        held: z.string(),
        close: z.string().describe("Lots that are closed."),
        cap: z.string().nullable().describe("The setting that asks for it."),
        stops: z
          .strictObject({ stop_loss: z.string().nullable(), take_profit: z.string().nullable() })
          .nullable()
          .describe("What they become; null: they stay."),
        skipped: z.string().nullable().describe("Why something was left alone."),
        words: z.string(),
      }),
    ),
  })
  .meta({ id: "RulesApplication" });

const ONE = z.strictObject({ subscription: idIn("subscription") });
const shared = { tag: "Subscriptions" } as const;
const example = { params: { subscription: exampleId("subscription") } };

export function reapplyRoutes(service: ReapplyService): readonly Route[] {
  const list = async (by: Principal, id: string) =>
    (await service.applications(by, id)).map((one) => shown(id, one));
  return [
    route({
      ...{ ...shared, name: "applyRules", method: "post", status: 202 },
      path: "/subscriptions/{subscription}/rules/apply",
      permission: "copies:write",
      summary: "Asks for the rules of now to be applied to what is open.",
      description:
        "Stops are reckoned anew and volume is reduced to what the caps allow; nothing is enlarged. " +
        "The account's owner answers within seconds; a dry run tells what would be done.",
      idempotency: "required",
      refuses: ["BAD_INPUT"],
      params: ONE,
      body: z.strictObject({ reason: nameIn(REASON_MAX), dry_run: z.boolean().default(false) }),
      answer: APPLICATION,
      example: { ...example, body: { reason: "Less risk from now on.", dry_run: true } },
      async run({ principal, params: { subscription }, body: { reason, dry_run: dryRun } }) {
        const id = await service.ask(principal, subscription, { reason, dryRun });
        return (await list(principal, subscription)).find((one) => one.request_id === id);
      },
    }),
    route({
      ...{ ...shared, name: "listRulesApplications", method: "get", permission: "copies:read" },
      path: "/subscriptions/{subscription}/rules/applications",
      summary: "Lists the last fifty askings for rules to be applied, the newest first.",
      params: ONE,
      answer: z.strictObject({ data: z.array(APPLICATION) }),
      example,
      run: async ({ principal, params: { subscription } }) => ({
        data: await list(principal, subscription),
      }),
    }),
  ];
}

const shown = (subscription: string, one: Application) => ({
  ...{ request_id: one.requestId, subscription_id: subscription, dry_run: one.dryRun },
  ...{ state: one.state, words: one.words, rules_version: one.rulesVersion },
  ...{ reason: one.reason, by_whom: one.byWhom, created_at: new Date(one.at) },
  legs: one.legs.map(({ stops, ...leg }) => ({
    ...leg,
    stops: stops === null ? null : { stop_loss: stops.stopLoss, take_profit: stops.takeProfit },
  })),
});
