/** Webhooks with their deliveries, and the events that are sent to them. */
import { z } from "zod";
import { EVENT_TYPE_NAMES, shownData } from "../notify/events.ts";
import type { NotifyService } from "../notify/service.ts";
import type { WebhookRecords } from "../records/webhooks.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut, pageIn, pageOut, wordIn } from "./schema.ts";

const URL_MAX = 2_000;
const TYPE = z.enum(EVENT_TYPE_NAMES);

const FIELDS = {
  id: idOut("webhook"),
  url: z.string(),
  types: z.array(TYPE),
  by_whom: z.string(),
  created_at: instantOut(),
  disabled_at: instantOut().nullable(),
  disabled_because: z.string().nullable(),
};
const WEBHOOK = z.strictObject(FIELDS).meta({ id: "Webhook" });
const NEW_WEBHOOK = z
  .strictObject({ ...FIELDS, secret: z.string().describe("Shown this once.") })
  .meta({ id: "NewWebhook" });

const DELIVERY = z
  .strictObject({
    id: idOut("delivery"),
    event_id: idOut("event"),
    type: TYPE,
    attempts: z.int(),
    next_at: instantOut().nullable().describe("When it is tried next; null: no more."),
    delivered_at: instantOut().nullable(),
    last_status: z.int().nullable(),
    last_error: z.string().nullable(),
    created_at: instantOut(),
  })
  .meta({ id: "Delivery" });

const EVENT = z
  .strictObject({
    id: idOut("event"),
    type: TYPE,
    account_id: idOut("account").nullable(),
    data: z.record(z.string(), z.unknown()),
    at: instantOut(),
  })
  .meta({ id: "Event" });

const ONE = z.strictObject({ webhook: idIn("webhook") });
const example = { params: { webhook: exampleId("webhook") } };
const shared = { tag: "Webhooks", permission: "webhooks:write" } as const;

export function webhookRoutes(records: WebhookRecords, service: NotifyService): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listWebhooks", method: "get", path: "/webhooks" },
      summary: "Lists webhooks, the newest first.",
      query: z.strictObject(pageIn),
      answer: pageOut(WEBHOOK),
      run: ({ principal, query }) =>
        listOf("webhooks", query, (page) => records.endpoints(principal, page)),
    }),
    route({
      ...{ ...shared, name: "createWebhook", method: "post", path: "/webhooks", status: 201 },
      summary: "Has events sent to an address, signed as Standard Webhooks are.",
      ...{ idempotency: "accepted", secret: true },
      refuses: ["BAD_INPUT"],
      body: z.strictObject({ url: wordIn(URL_MAX), types: z.array(TYPE).min(1) }),
      answer: NEW_WEBHOOK,
      example: {
        body: { url: "https://hooks.example.com/lockstep", types: ["divergence.opened"] },
      },
      async run({ principal, body }) {
        const [id, secret] = await service.create(principal, body);
        return { ...(await records.endpoint(principal, id)), secret };
      },
    }),
    route({
      ...{ ...shared, name: "rotateWebhookSecret", method: "post" },
      path: "/webhooks/{webhook}/rotate_secret",
      summary: "Makes a new secret; the old one signs along for a day.",
      ...{ idempotency: "accepted", secret: true },
      params: ONE,
      answer: NEW_WEBHOOK,
      example,
      async run({ principal, params: { webhook } }) {
        const found = await records.endpoint(principal, webhook);
        return { ...found, secret: await service.rotate(principal, webhook) };
      },
    }),
    ...deliveryRoutes(records, service),
  ];
}

function deliveryRoutes(records: WebhookRecords, service: NotifyService): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listDeliveries", method: "get" },
      path: "/webhooks/{webhook}/deliveries",
      summary: "Lists what was or will be sent to an address, the newest first.",
      params: ONE,
      query: z.strictObject(pageIn),
      answer: pageOut(DELIVERY),
      example,
      async run({ principal, params: { webhook }, query }) {
        await records.endpoint(principal, webhook);
        return listOf("deliveries", query, (page) => records.deliveries(principal, webhook, page));
      },
    }),
    route({
      ...{ ...shared, name: "replayDelivery", method: "post" },
      path: "/webhooks/{webhook}/deliveries/{delivery}/replay",
      summary: "Sends a delivery again.",
      idempotency: "accepted",
      params: z.strictObject({ webhook: idIn("webhook"), delivery: idIn("delivery") }),
      answer: DELIVERY,
      example: { params: { ...example.params, delivery: exampleId("delivery") } },
      async run({ principal, params: { webhook, delivery } }) {
        await records.endpoint(principal, webhook);
        await records.delivery(principal, webhook, delivery);
        await service.replay(principal, delivery);
        return records.delivery(principal, webhook, delivery);
      },
    }),
    route({
      ...{ ...shared, name: "listEvents", method: "get", path: "/events" },
      summary: "Lists what happened since the first webhook was made, the newest first.",
      query: z.strictObject({ ...pageIn, type: TYPE.optional() }),
      answer: pageOut(EVENT),
      run: ({ principal, query }) =>
        listOf("events", query, async (page) => {
          const { rows, next } = await records.events(principal, query.type, page);
          return { rows: rows.map((row) => ({ ...row, data: shownData(row["data"]) })), next };
        }),
    }),
    route({
      ...{ ...shared, name: "deleteWebhook", method: "delete", path: "/webhooks/{webhook}" },
      status: 204,
      summary: "Has nothing more sent to an address, and forgets its deliveries.",
      params: ONE,
      example,
      async run({ principal, params: { webhook } }) {
        await records.endpoint(principal, webhook);
        await service.remove(principal, webhook);
      },
    }),
  ];
}
