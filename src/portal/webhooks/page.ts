/** Webhooks: where events are sent, what became of each delivery, and sending one again. */
import { isLockstepError } from "../../domain/errors.ts";
import type { Principal } from "../../identity/principal.ts";
import { EVENT_TYPE_NAMES, EVENT_TYPES, type EventType } from "../../notify/events.ts";
import type { Sql } from "../../platform/postgres.ts";
import type { Row } from "../../records/view.ts";
import { WebhookRecords } from "../../records/webhooks.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";

type Keeping = {
  create(by: Principal, wanted: NewWebhook): Promise<[string, string]>;
  rotate(by: Principal, id: string): Promise<string>;
  remove(by: Principal, id: string): Promise<void>;
  replay(by: Principal, delivery: string): Promise<void>;
};
type NewWebhook = { readonly url: string; readonly types: readonly EventType[] };

export type WebhooksDeps = {
  readonly sql: () => Sql;
  /** DATABASE_DOWN until it is there. */
  readonly keeping: () => Keeping;
};

const PATH = "/webhooks";
const POLICY = "webhooks:write";
const SHOWN = 50;
const URL_MAX = 2_000;
const CRUMBS = [{ href: PATH, label: "Webhooks" }];

export function addWebhooks(portal: Portal, deps: WebhooksDeps): void {
  const records = (): WebhookRecords => new WebhookRecords(deps.sql());
  portal.page(PATH, POLICY, (asked) => listPage(asked, records(), {}));
  portal.form(PATH, POLICY, (asked, fields) => create(asked, fields, { ...deps, records }));
  portal.page(`${PATH}/:id`, POLICY, (asked) => onePage(asked, records()));
  portal.form(`${PATH}/:id/rotate`, POLICY, async (asked) => {
    const { url, id } = await found(asked, records());
    return secretPage(await deps.keeping().rotate(asked.principal, id), { id, url });
  });
  portal.form(`${PATH}/:id/remove`, POLICY, async (asked) => {
    const { id, url } = await found(asked, records());
    await deps.keeping().remove(asked.principal, id);
    return { to: PATH, say: `Nothing more is sent to ${url}.` };
  });
  portal.form(`${PATH}/:id/replay`, POLICY, async (asked, fields) => {
    const { id } = await found(asked, records());
    const delivery = await records().delivery(asked.principal, id, fields.get("delivery"));
    await deps.keeping().replay(asked.principal, String(delivery["id"]));
    return { to: `${PATH}/${id}`, say: "It is sent again, from the first try on." };
  });
}

async function found(asked: Asked, records: WebhookRecords) {
  const row = await records.endpoint(asked.principal, asked.param("id"));
  return { id: String(row["id"]), url: String(row["url"]), row };
}

type Typed = { readonly fields?: Fields; readonly fault?: string };

async function listPage(
  { principal }: Asked,
  records: WebhookRecords,
  { fields, fault }: Typed,
): Promise<PageAnswer> {
  const { rows } = await records.endpoints(principal, { limit: SHOWN, after: null });
  const wanted = new Set(fields?.all("type") ?? ["divergence.opened", "risk_rule.tripped"]);
  return {
    page: "webhooks",
    head: {
      title: "Webhooks",
      lead: "What happens is sent to an address of yours, signed as Standard Webhooks are.",
      styles: ["rooms.css", "wizard.css"],
    },
    status: fault === undefined ? 200 : 400,
    view: {
      fault: fault ?? null,
      url: fields?.get("url") ?? "",
      types: EVENT_TYPE_NAMES.map((value) => ({
        ...{ value, words: EVENT_TYPES[value], checked: wanted.has(value) },
      })),
      webhooks: rows.map((row) => ({
        href: `${PATH}/${String(row["id"])}`,
        url: String(row["url"]),
        many: String((row["types"] as readonly string[]).length),
        by: String(row["by_whom"]),
        at: stamp(row, "created_at"),
        off: row["disabled_at"] === null ? null : String(row["disabled_because"]),
      })),
    },
  };
}

const stamp = (row: Row, name: string): string => {
  const at = row[name];
  return at instanceof Date ? dateTime(at.getTime()) : "–";
};

async function create(
  asked: Asked,
  fields: Fields,
  { keeping, records }: WebhooksDeps & { readonly records: () => WebhookRecords },
): Promise<PageAnswer | Next> {
  const url = fields.get("url").slice(0, URL_MAX);
  const types = EVENT_TYPE_NAMES.filter((one) => fields.all("type").includes(one));
  if (types.length === 0) {
    return listPage(asked, records(), { fields, fault: "Choose at least one kind of event." });
  }
  try {
    const [id, secret] = await keeping().create(asked.principal, { url, types });
    return secretPage(secret, { id, url });
  } catch (error) {
    if (!isLockstepError(error, "BAD_INPUT")) throw error;
    const expected = String(error.context["expected"] ?? "an https address");
    return listPage(asked, records(), { fields, fault: `The address: ${expected}.` });
  }
}

/** Shown in the answer to the form that made it, and nowhere else. */
function secretPage(secret: string, { id, url }: { readonly id: string; readonly url: string }) {
  return {
    page: "webhook-secret",
    head: { title: "The webhook's secret", crumbs: CRUMBS, styles: ["wizard.css"] },
    view: { secret, url, next: `${PATH}/${id}` },
  };
}

async function onePage(asked: Asked, records: WebhookRecords): Promise<PageAnswer> {
  const { id, url, row } = await found(asked, records);
  const page = { limit: SHOWN, after: null };
  const { rows } = await records.deliveries(asked.principal, id, page);
  return {
    page: "webhook",
    head: {
      ...{ title: "Webhook", lead: url, crumbs: CRUMBS },
      styles: ["rooms.css", "wizard.css"],
    },
    view: {
      path: `${PATH}/${id}`,
      off: row["disabled_at"] === null ? null : String(row["disabled_because"]),
      types: (row["types"] as readonly string[]).join(", "),
      deliveries: rows.map(deliveryOf),
    },
  };
}

function deliveryOf(row: Row) {
  const delivered = row["delivered_at"] !== null;
  const over = row["next_at"] === null;
  const status = row["last_status"];
  return {
    id: String(row["id"]),
    type: String(row["type"]),
    at: stamp(row, "created_at"),
    tone: delivered ? "done" : over ? "rejected" : "waiting",
    state: delivered ? "delivered" : over ? "given up" : "to be tried",
    tries: String(row["attempts"]),
    next: over ? "" : stamp(row, "next_at"),
    answer: [status === null ? "" : String(status), String(row["last_error"] ?? "")]
      .join(" ")
      .trim(),
  };
}
