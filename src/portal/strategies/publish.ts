/** Publishing a strategy over a master account, and what is promised of it from then on, by version. */
import { isLockstepError } from "../../domain/errors.ts";
import { mayReach } from "../../identity/principal.ts";
import type { Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import { CopyRecords } from "../../records/copies.ts";
import { type NewStrategy, SubscriptionService } from "../../subscriptions/service.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";

const ACCOUNTS_MAX = 1_000;
const VERSIONS_SHOWN = 30;
const NAME_MAX = 100;
const TEXT_MAX = 4_000;
const VISIBILITY = {
  public: "everybody who signs in can find and follow it",
  unlisted: "whoever has its address can follow it",
  private: "only you and those who follow it already see it",
} as const;

type Visibility = keyof typeof VISIBILITY;
const isVisibility = (text: string): text is Visibility => Object.hasOwn(VISIBILITY, text);

export function addPublishing(portal: Portal, sql: () => Sql): void {
  portal.page("/publish", "strategies:write", (asked) => newPage(asked, sql(), null, null));
  portal.form("/publish", "strategies:write", (asked, fields) => publish(asked, fields, sql()));
  portal.page("/strategies/:id/terms", "strategies:write", (asked) =>
    termsPage(asked, sql(), null, null),
  );
  portal.form("/strategies/:id/terms", "strategies:write", (asked, fields) =>
    revise(asked, fields, sql()),
  );
}

const visibilities = (chosen: string) =>
  Object.entries(VISIBILITY).map(([value, words]) => ({
    ...{ value, words, selected: value === chosen },
  }));

/** What is wrong with what was typed, as a sentence; null: nothing. */
function faultOf(fields: Fields): string | null {
  if (!isVisibility(fields.get("visibility"))) return "Choose who can see it.";
  for (const name of ["description", "terms"]) {
    if (fields.get(name).length > TEXT_MAX) {
      return `The ${name} may have ${TEXT_MAX} characters at most.`;
    }
  }
  return null;
}

const promised = (fields: Fields): Omit<NewStrategy, "name" | "master"> => ({
  visibility: fields.get("visibility") as Visibility,
  description: fields.get("description"),
  terms: fields.get("terms"),
});

async function newPage(
  asked: Asked,
  sql: Sql,
  fields: Fields | null,
  fault: string | null,
): Promise<PageAnswer> {
  const page = { limit: ACCOUNTS_MAX, after: null };
  const { rows } = await new AccountRecords(sql).list(asked.principal, {}, page);
  const value = (name: string): string => fields?.get(name) ?? "";
  return {
    page: "publish",
    head: {
      title: "Publish a strategy",
      lead: "What is traded on the account from then on is offered to followers under this name.",
      crumbs: [{ href: "/strategies", label: "Strategies" }],
      styles: ["rooms.css", "wizard.css"],
    },
    status: fault === null ? 200 : 400,
    view: {
      ...{ fault, isNew: true, action: "/publish", button: "Publish" },
      accounts: rows.map((row) => ({
        id: row["id"],
        label: `${String(row["name"])} · ${String(row["broker"])} · ${String(row["currency"])}`,
        selected: value("master") === row["id"],
      })),
      visibilities: visibilities(value("visibility") || "public"),
      value: { name: value("name"), description: value("description"), terms: value("terms") },
    },
  };
}

async function publish(asked: Asked, fields: Fields, sql: Sql): Promise<PageAnswer | Next> {
  const name = fields.get("name");
  const fault =
    name === "" || name.length > NAME_MAX
      ? `Give it a name of 1 to ${NAME_MAX} characters.`
      : faultOf(fields);
  if (fault !== null) return newPage(asked, sql, fields, fault);
  try {
    const service = new SubscriptionService(sql, () => asked.now);
    const master = fields.get("master");
    const id = await service.publish(asked.principal, { ...promised(fields), name, master });
    return { to: `/strategies/${id}`, say: `“${name}” is published.` };
  } catch (error) {
    if (isLockstepError(error, "BAD_INPUT")) {
      return newPage(asked, sql, fields, "There is a strategy of this name already.");
    }
    throw error;
  }
}

async function termsPage(
  asked: Asked,
  sql: Sql,
  fields: Fields | null,
  fault: string | null,
): Promise<PageAnswer> {
  const { principal } = asked;
  const records = new CopyRecords(sql);
  const strategy = await records.strategy(principal, asked.param("id"));
  const id = String(strategy["id"]);
  const { rows } = await records.strategyVersions(principal, id, {
    ...{ limit: VERSIONS_SHOWN, after: null },
  });
  const value = (name: string): string => fields?.get(name) ?? String(strategy[name] ?? "");
  return {
    page: "publish",
    head: {
      title: `What ${String(strategy["name"])} promises`,
      lead: "A change is a new version: the newest holds, and the older ones stay on record.",
      crumbs: [
        { href: "/strategies", label: "Strategies" },
        { href: `/strategies/${id}`, label: String(strategy["name"]) },
      ],
      styles: ["rooms.css", "wizard.css"],
    },
    status: fault === null ? 200 : 400,
    view: {
      ...{ fault, isNew: false, action: `/strategies/${id}/terms`, button: "Make a new version" },
      mayChange: mayReach(principal, String(strategy["master_id"])),
      followers: String(strategy["subscriptions"]),
      visibilities: visibilities(value("visibility")),
      value: { description: value("description"), terms: value("terms") },
      versions: rows.map((row) => ({
        version: String(row["version"]),
        visibility: String(row["visibility"]),
        by: String(row["by_whom"]),
        at: dateTime((row["created_at"] as Date).getTime()),
        description: String(row["description"]),
        terms: String(row["terms"]),
      })),
    },
  };
}

async function revise(asked: Asked, fields: Fields, sql: Sql): Promise<PageAnswer | Next> {
  const fault = faultOf(fields);
  if (fault !== null) return termsPage(asked, sql, fields, fault);
  const id = asked.param("id");
  const service = new SubscriptionService(sql, () => asked.now);
  await service.revise(asked.principal, id, promised(fields));
  return { to: `/strategies/${id}/terms`, say: "The new version holds from now on." };
}
