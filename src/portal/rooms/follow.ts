/**
 * Following a strategy: choose, look at what it would meet in plain words, then begin; and the modes
 * of a subscription. The rules' own schema judges what was typed; nothing is done half.
 */
import { isLockstepError, LockstepError } from "../../domain/errors.ts";
import { effectiveRules } from "../../explain/effective-rules.ts";
import type { Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import { CopyRecords } from "../../records/copies.ts";
import { readFollowFacts } from "../../records/follow.ts";
import { SubscriptionService } from "../../subscriptions/service.ts";
import { type Fields, fieldsFrom } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import {
  checksOf,
  FIELD_NAMES,
  type FollowFacts,
  pairsOf,
  rulesFrom,
  SIZES,
} from "./follow-form.ts";

const ACCOUNTS_MAX = 1_000;
const NOTHING = fieldsFrom(new URLSearchParams("mode=equity-ratio&amount=1&begin=active"));

const MODES = {
  pause: {
    mode: "paused",
    said: "Paused: it opens nothing more, and still closes with the master.",
  },
  resume: { mode: "active", said: "It copies again." },
  "close-only": { mode: "close-only", said: "It only closes from now on." },
} as const;

export type FollowDeps = {
  readonly sql: () => Sql;
  /** Names of the symbols of an account's broker. */
  readonly symbols: (accountId: string) => readonly string[];
};

export function addFollow(portal: Portal, { sql, symbols }: FollowDeps): void {
  const service = (asked: Asked): SubscriptionService =>
    new SubscriptionService(sql(), () => asked.now);
  portal.page("/strategies/:id/follow", "copies:write", (asked) => formPage(asked, NOTHING, sql()));
  portal.form("/strategies/:id/follow", "copies:write", (asked, fields) =>
    follow(asked, fields, { sql: sql(), symbols, service: service(asked) }),
  );
  portal.form("/subscriptions/:id/mode", "copies:write", async (asked, fields) => {
    const id = asked.param("id");
    const reason = fields.get("reason");
    if (fields.get("to") === "stop") {
      await service(asked).stop(asked.principal, id, { positions: "keep-positions", reason });
      const say = "Stopped: what is open stays with its account.";
      return { to: `/subscriptions/${id}`, say };
    }
    const wanted = Object.entries(MODES).find(([name]) => name === fields.get("to"))?.[1];
    if (wanted === undefined)
      throw new LockstepError("BAD_INPUT", { field: "to", expected: "a mode" });
    const { mode, said } = wanted;
    await service(asked).setMode(asked.principal, id, { mode, reason });
    return { to: `/subscriptions/${id}`, say: said };
  });
}

async function formPage(
  asked: Asked,
  fields: Fields,
  sql: Sql,
  fault: string | null = null,
): Promise<PageAnswer> {
  const { principal } = asked;
  const strategy = await new CopyRecords(sql).strategy(principal, asked.param("id"));
  const page = { limit: ACCOUNTS_MAX, after: null };
  const { rows } = await new AccountRecords(sql).list(principal, {}, page);
  const id = String(strategy["id"]);
  const chosen = (name: string, value: string): boolean => fields.get(name) === value;
  return {
    page: "follow",
    head: {
      title: `Follow ${String(strategy["name"])}`,
      lead: "Choose the account and how it copies. Nothing begins before you have seen what it means.",
      crumbs: [
        { href: "/strategies", label: "Strategies" },
        { href: `/strategies/${id}`, label: String(strategy["name"]) },
      ],
      styles: ["rooms.css"],
    },
    status: fault === null ? 200 : 400,
    view: {
      action: `/strategies/${id}/follow`,
      fault,
      accounts: rows
        .filter((row) => row["id"] !== strategy["master_id"])
        .map((row) => ({
          id: row["id"],
          label: `${String(row["name"])} · ${String(row["broker"])} · ${String(row["currency"])}`,
          selected: chosen("account", String(row["id"])),
        })),
      sizes: Object.entries(SIZES).map(([value, words]) => ({
        ...{ value, words, selected: chosen("mode", value) },
      })),
      sides: ["buys and sells", "buy", "sell"].map((value) => ({
        ...{ value, selected: chosen("sides", value) },
      })),
      amount: fields.get("amount"),
      maxVolume: fields.get("maxVolume"),
      deviation: fields.get("deviation"),
      watches: chosen("begin", "monitor"),
    },
  };
}

type Following = {
  readonly sql: Sql;
  readonly symbols: FollowDeps["symbols"];
  readonly service: SubscriptionService;
};

async function follow(asked: Asked, fields: Fields, deps: Following): Promise<PageAnswer | Next> {
  const { sql, service, symbols } = deps;
  const ids = { strategyId: asked.param("id"), accountId: fields.get("account") };
  const recorded = await readFollowFacts(sql, asked.principal, ids);
  const facts = { ...recorded, ownSymbols: symbols(ids.accountId) };
  const rules = rulesFrom(fields, facts);
  try {
    const checks = checksOf(facts);
    const layers = [{ kind: "subscription" as const, name: String(facts.strategy["name"]), rules }];
    const settings = effectiveRules(layers);
    const mayBegin = checks.every(({ tone }) => tone !== "rejected");
    if (!fields.has("confirmed") || !mayBegin) return preview({ fields, facts, checks, settings });
    const mode = fields.get("begin") === "monitor" ? "monitor" : "active";
    const id = await begin(asked, service, { ...ids, rules, mode, stopped: facts.existing });
    const say = "It follows from the master's next signal on.";
    return { to: `/subscriptions/${id}`, say };
  } catch (error) {
    if (!isLockstepError(error, "BAD_RULES")) throw error;
    const faults = error.context["faults"];
    const words = Array.isArray(faults) ? faults.map(String).join("; ") : error.message;
    return formPage(asked, fields, sql, words);
  }
}

type Beginning = {
  readonly strategyId: string;
  readonly accountId: string;
  readonly rules: object;
  readonly mode: "monitor" | "active";
  /** A subscription that was stopped: it begins anew, under the new rules. */
  readonly stopped: FollowFacts["existing"];
};

async function begin(
  { principal }: Asked,
  service: SubscriptionService,
  { strategyId, accountId, rules, mode, stopped }: Beginning,
): Promise<string> {
  if (stopped === null) {
    return service.follow(principal, { strategy: strategyId, account: accountId, rules, mode });
  }
  await service.setRules(principal, stopped.id, { rules, expectedVersion: null });
  await service.setMode(principal, stopped.id, { mode, reason: "follows again" });
  return stopped.id;
}

type Previewed = {
  readonly fields: Fields;
  readonly facts: FollowFacts;
  readonly checks: ReturnType<typeof checksOf>;
  readonly settings: ReturnType<typeof effectiveRules>;
};

function preview({ fields, facts, checks, settings }: Previewed): PageAnswer {
  const id = String(facts.strategy["id"]);
  const watches = fields.get("begin") === "monitor";
  return {
    page: "follow-preview",
    head: {
      title: `${String(facts.account["name"])} follows ${String(facts.strategy["name"])}?`,
      lead: watches
        ? "It only watches at first: every signal is decided and shown, nothing is sent."
        : "It copies from the master's next signal on; what the master holds already is left alone.",
      crumbs: [{ href: `/strategies/${id}/follow`, label: "Follow" }],
      styles: ["rooms.css"],
    },
    view: {
      action: `/strategies/${id}/follow`,
      hidden: FIELD_NAMES.map((name) => ({ name, value: fields.get(name) })),
      checks,
      mayBegin: checks.every(({ tone }) => tone !== "rejected"),
      pairs: pairsOf(facts).filter(({ from, to }) => to !== null && to !== from),
      settings: settings
        .filter(({ from }) => from.length > 0)
        .map(({ path, help, value }) => ({
          ...{ path, help, value: typeof value === "string" ? value : JSON.stringify(value) },
        })),
      button: watches ? "Begin to watch" : "Begin to copy",
    },
  };
}
