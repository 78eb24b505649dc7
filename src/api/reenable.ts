/** Lets an account open again what a throttle or a risk limit has stopped. */
import { z } from "zod";
import { reenableIn } from "../hub/reenable.ts";
import type { Sql } from "../platform/postgres.ts";
import type { AccountRecords } from "../records/accounts.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, nameIn } from "./schema.ts";

const REASON_MAX = 500;

const REENABLED = z
  .strictObject({
    data: z.array(
      z.strictObject({
        subscription_id: idOut("subscription")
          .nullable()
          .describe("Null: what holds for all that the account copies."),
        strategy: z.string().nullable(),
        throttle: z.boolean().describe("Its throttle had stopped it."),
        limits: z.int().describe("So many risk limits had."),
      }),
    ),
  })
  .meta({ id: "Reenabled" });

export type ReenableParts = {
  readonly sql: Sql;
  readonly records: AccountRecords;
  readonly now: () => number;
};

export function reenableRoute({ sql, records, now }: ReenableParts): Route {
  return route({
    ...{ name: "reenableAccount", method: "post", path: "/accounts/{account}/reenable" },
    ...{ tag: "Accounts", permission: "kill:release", idempotency: "accepted" },
    summary: "Lets an account open again what a throttle or a risk limit has stopped.",
    params: z.strictObject({ account: idIn("account") }),
    refuses: ["BAD_INPUT"],
    body: z.strictObject({
      reason: nameIn(REASON_MAX),
      strategy_id: idIn("strategy").optional().describe("Absent: of all that it follows."),
      measure_from: z
        .enum(["now", "period-start"])
        .default("now")
        .describe("now: what a limit has counted so far is forgiven."),
    }),
    answer: REENABLED,
    example: {
      params: { account: exampleId("account") },
      body: { reason: "The news is over." },
    },
    async run({ principal, params: { account }, body }) {
      await records.read(principal, account);
      const { reason, strategy_id: strategy = null, measure_from: measureFrom } = body;
      const { tenantId, actor, address } = principal;
      const who = { account, strategy, by: actor.name, address, at: now() };
      const found = await reenableIn(sql, tenantId, { ...who, reason, measureFrom });
      return {
        data: found.map(({ subscriptionId, strategy: name, throttle, limits }) => ({
          ...{ subscription_id: subscriptionId, strategy: name, throttle, limits },
        })),
      };
    },
  });
}
