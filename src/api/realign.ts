/** Divergences brought home: what it would take, asking for it, and how far that has come. */
import { z } from "zod";
import type { Principal } from "../identity/principal.ts";
import type { Sql } from "../platform/postgres.ts";
import { answersOf, askDesk, planRealignment } from "../reconcile/desk/service.ts";
import type { DeskRecords } from "../records/desk.ts";
import { notFound } from "./errors.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantIn, nameIn, wordIn } from "./schema.ts";

const IDS_MAX = 100;
const REASON_MAX = 500;
const IDS = z.array(idIn("divergence")).min(1).max(IDS_MAX);

const PLAN = z
  .strictObject({
    digest: z.string().describe("Of the plan as it is: send it along to realign."),
    possible: z.int().describe("Of these, how many have a way back."),
    legs: z.array(
      z.strictObject({
        divergence_id: idOut("divergence"),
        account_id: idOut("account"),
        symbol: z.string(),
        possible: z.boolean(),
        why_not: z.string().nullable(),
        orders: z.array(
          z.strictObject({
            kind: z.enum(["open", "close", "protect", "cancel"]),
            symbol: z.string(),
            side: z.enum(["buy", "sell"]),
            volume: z.string().nullable(),
            stop_loss: z.string().nullable(),
            take_profit: z.string().nullable(),
          }),
        ),
        cost: z.string().nullable().describe("In the account's currency."),
        currency: z.string(),
      }),
    ),
  })
  .meta({ id: "RealignPlan" });

const ASKED = z
  .strictObject({
    data: z.array(
      z.strictObject({
        request_id: z.string(),
        divergence_id: idOut("divergence"),
        state: z.enum(["waiting", "done", "refused"]),
        words: z.string(),
      }),
    ),
  })
  .meta({ id: "DivergenceRequests" });

const shared = { tag: "Divergences", permission: "divergences:write" } as const;
const example = { body: { divergence_ids: [exampleId("divergence")] } };

export type RealignDeps = { readonly sql: Sql; readonly records: DeskRecords };

export function realignRoutes({ sql, records }: RealignDeps): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "planRealignment", method: "post", path: "/divergences/plan" },
      summary: "Tells what it takes to bring divergences home, and does nothing.",
      refuses: ["NOT_FOUND"],
      body: z.strictObject({ divergence_ids: IDS }),
      answer: PLAN,
      example,
      async run({ principal, body: { divergence_ids: ids } }) {
        await visible(records, principal, ids);
        const plan = await planRealignment(sql, principal.tenantId, { ids });
        return { digest: plan.digest, possible: plan.possible, legs: plan.items.map(leg) };
      },
    }),
    route({
      ...{ ...shared, name: "askForDivergences", method: "post", path: "/divergences/requests" },
      status: 202,
      summary: "Asks the accounts' owners to realign, accept, ignore, detach or adopt.",
      idempotency: "required",
      refuses: ["NOT_FOUND", "BAD_INPUT", "PLAN_CHANGED"],
      body: z.strictObject({
        divergence_ids: IDS,
        action: z.enum(["realign", "accept", "ignore", "detach", "adopt"]),
        reason: nameIn(REASON_MAX),
        digest: wordIn(64).optional().describe("Of the plan that was looked at: to realign."),
        until: instantIn().optional().describe("To ignore."),
      }),
      answer: ASKED,
      example: { body: { ...example.body, action: "accept", reason: "It is small." } },
      async run({ principal, body: { divergence_ids: ids, until, digest, ...asked } }) {
        await visible(records, principal, ids);
        const { tenantId, actor, address } = principal;
        const by = { tenantId, by: actor.name, address };
        const requests = await askDesk(sql, by, {
          ...{ ...asked, filter: { ids } },
          ...(digest === undefined ? {} : { digest }),
          ...(until === undefined ? {} : { until: new Date(until) }),
        });
        const answers = await answersOf(sql, tenantId, requests);
        return {
          data: answers.map(({ requestId, divergenceId, state, words }) => ({
            ...{ request_id: requestId, divergence_id: divergenceId, state, words },
          })),
        };
      },
    }),
  ];
}

async function visible(
  records: DeskRecords,
  principal: Principal,
  ids: readonly string[],
): Promise<void> {
  const known = await records.divergenceCount(principal, ids);
  if (known !== new Set(ids).size) throw notFound("divergence");
}

type Item = Awaited<ReturnType<typeof planRealignment>>["items"][number];

function leg({ divergenceId, accountId, symbol, wayBack, cost, currency }: Item): unknown {
  const orders = wayBack.possible ? wayBack.orders : [];
  return {
    ...{ divergence_id: divergenceId, account_id: accountId, symbol, cost, currency },
    possible: wayBack.possible,
    why_not: wayBack.possible ? null : wayBack.why,
    orders: orders.map(({ kind, symbol, side, volume, stopLoss, takeProfit }) => ({
      ...{ kind, symbol, side, volume, stop_loss: stopLoss, take_profit: takeProfit },
    })),
  };
}
