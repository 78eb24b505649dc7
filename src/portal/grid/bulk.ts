/**
 * What is done to all accounts that were chosen: modes of their subscriptions, a kill switch on each,
 * or a way back for what differs. Each is a dry run first, with counts and money; what reaches many
 * asks for a typed word, and the answer says what became of every leg.
 */
import { randomUUID } from "node:crypto";
import { LockstepError } from "../../domain/errors.ts";
import type { Sql } from "../../platform/postgres.ts";
import { CopyRecords } from "../../records/copies.ts";
import type { Row } from "../../records/view.ts";
import { engageKill } from "../../risk/kill/service.ts";
import type { Operation } from "../../subscriptions/operation-legs.ts";
import { operate } from "../../subscriptions/operations.ts";
import { type ModeChange, SubscriptionService } from "../../subscriptions/service.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer } from "../portal.ts";
import { count } from "../view/format.ts";
import type { AccountFacts } from "./facts.ts";
import { addressOf, type GridQuery } from "./query.ts";
import { totalsRow } from "./totals.ts";

export type Chosen = { readonly query: GridQuery; readonly accounts: readonly AccountFacts[] };

type Mode = { readonly mode: ModeChange["mode"]; readonly words: string; readonly effect: string };

export const BULK_MODES: Readonly<Record<string, Mode>> = {
  pause: {
    mode: "paused",
    words: "Pause",
    effect: "open nothing more, and still close with the master",
  },
  "close-only": { mode: "close-only", words: "Close only", effect: "only close from now on" },
  resume: {
    mode: "active",
    words: "Resume",
    effect: "copy again, from the master's next signal on",
  },
};

const PATH = "/control";
const WORD = "GO";
const KILL_WORD = "STOP";
/** From so many legs on the word is asked for. */
const MANY = 2;
const LEGS_MAX = 500;
const SUBSCRIPTIONS_MAX = 5_000;
const SHOWN_MAX = 200;

type Leg = {
  readonly id: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly changes: boolean;
};

/** A dry run, or, once it is confirmed, the thing itself with what became of each leg. */
export async function bulkMode(
  asked: Asked,
  fields: Fields,
  { chosen, sql }: { readonly chosen: Chosen; readonly sql: Sql },
): Promise<PageAnswer | Next> {
  const { principal } = asked;
  const wanted = BULK_MODES[fields.get("to")];
  if (wanted === undefined)
    throw new LockstepError("BAD_INPUT", { field: "to", expected: "a mode" });
  const ids = new Set(chosen.accounts.map(({ id }) => id));
  const page = { limit: SUBSCRIPTIONS_MAX, after: null };
  const { rows } = await new CopyRecords(sql).subscriptions(principal, {}, page);
  const meant = rows.filter(
    (row) => ids.has(String(row["account_id"])) && row["mode"] !== "stopped",
  );
  const legs = meant.map((row) => legOf(row, wanted.mode));
  const preview = previewOf(chosen, fields, {
    ...{ legs, word: WORD, action: `${PATH}/mode`, button: wanted.words },
    ...{ title: `${wanted.words}: a dry run`, effect: `would ${wanted.effect}` },
    keep: { to: fields.get("to") },
  });
  if (preview !== null) return preview;
  const operation: Operation = {
    action: fields.get("to"),
    work: { kind: "mode", mode: wanted.mode },
    reason: fields.get("reason"),
    dryRun: false,
  };
  const service = new SubscriptionService(sql, () => asked.now);
  const deps = { sql, service, now: () => asked.now, newId: () => randomUUID() };
  const id = await operate(deps, principal, { operation, meant });
  const done = await new CopyRecords(sql).operation(principal, id);
  return resultOf(chosen, wanted.words, legsDone(done, meant));
}

const legOf = (row: Row, mode: string): Leg => ({
  id: String(row["id"]),
  what: `${String(row["account"])} follows ${String(row["strategy"])}`,
  from: String(row["mode"]),
  to: mode,
  changes: row["mode"] !== mode,
});

function legsDone(operation: Row, meant: readonly Row[]) {
  const names = new Map(meant.map((row) => [String(row["id"]), legOf(row, "").what]));
  const legs = operation["legs"] as readonly {
    subscription_id: string;
    state: string;
    code: string | null;
  }[];
  return legs.map(({ subscription_id: id, state, code }) => ({
    ...{ what: names.get(id) ?? id, href: `/subscriptions/${id}`, state },
    tone: state === "refused" ? "rejected" : state === "done" ? "done" : "skipped",
    code: code ?? "",
  }));
}

export async function bulkKill(
  { principal }: Asked,
  fields: Fields,
  { chosen, sql }: { readonly chosen: Chosen; readonly sql: Sql },
): Promise<PageAnswer | Next> {
  const closeAll = fields.has("close");
  const legs = chosen.accounts.map(({ id, name, positions }) => ({
    ...{ id, what: name, from: `${count(positions)} positions open`, changes: true },
    to: closeAll ? "opens stopped, copies closed" : "opens stopped",
  }));
  const preview = previewOf(chosen, fields, {
    ...{ legs, word: KILL_WORD, action: `${PATH}/kill`, title: "Kill switch: a dry run" },
    effect: closeAll
      ? "would open nothing more, and close what they copied"
      : "would open nothing more",
    button: closeAll ? "Stop and close" : "Stop all opens",
    keep: closeAll ? { close: "1" } : {},
  });
  if (preview !== null) return preview;
  const [by, reason] = [principal.actor.name, fields.get("reason")];
  const results: Result[] = [];
  for (const { id, what } of legs) {
    const target = { tenantId: principal.tenantId, scope: "account" as const, scopeId: id };
    await engageKill(sql, target, { by, reason, closeAll });
    results.push({ what, href: `/accounts/${id}`, state: "engaged", tone: "done", code: "" });
  }
  return resultOf(chosen, "Kill switch", results);
}

type Dry = {
  readonly legs: readonly Leg[];
  readonly word: string;
  readonly title: string;
  readonly effect: string;
  readonly action: string;
  readonly button: string;
  readonly keep: Readonly<Record<string, string>>;
};

/** Null once it was confirmed: with a reason, and the word where many are meant. */
function previewOf(chosen: Chosen, fields: Fields, dry: Dry): PageAnswer | Next | null {
  const back = PATH + addressOf(chosen.query);
  const changing = dry.legs.filter(({ changes }) => changes);
  if (changing.length === 0) return { to: back, say: "Nothing of it would change." };
  if (changing.length > LEGS_MAX) {
    const say = `That would be ${count(changing.length)} at once; at most ${LEGS_MAX} may be: choose fewer.`;
    return { to: back, say };
  }
  const asksWord = changing.length >= MANY;
  const confirmed = fields.has("confirmed");
  const isRight = !asksWord || fields.get("word") === dry.word;
  const hasReason = fields.get("reason") !== "";
  if (confirmed && isRight && hasReason) return null;
  const fault = !confirmed
    ? null
    : hasReason
      ? `Type ${dry.word} to confirm: nothing was changed.`
      : "Say why: nothing was changed.";
  return {
    page: "bulk",
    head: {
      title: dry.title,
      crumbs: [{ href: back, label: "Control room" }],
      styles: ["rooms.css"],
    },
    status: fault === null ? 200 : 400,
    view: {
      sums: totalsRow(chosen.accounts, chosen.query, "").f,
      ...{ fault, action: dry.action, button: dry.button, back, query: addressOf(chosen.query) },
      word: asksWord ? dry.word : null,
      reason: fields.get("reason"),
      ids: chosen.accounts.map(({ id }) => id),
      keep: Object.entries(dry.keep).map(([name, value]) => ({ name, value })),
      effect: `${count(changing.length)} of ${count(dry.legs.length)} ${dry.effect}. This is a dry run: nothing has been changed.`,
      legs: dry.legs.slice(0, SHOWN_MAX),
      more: dry.legs.length > SHOWN_MAX ? `and ${count(dry.legs.length - SHOWN_MAX)} more` : "",
    },
  };
}

type Result = {
  readonly what: string;
  readonly href: string;
  readonly state: string;
  readonly tone: string;
  readonly code: string;
};

function resultOf({ query }: Chosen, what: string, legs: readonly Result[]): PageAnswer {
  const back = PATH + addressOf(query);
  const refused = legs.filter(({ tone }) => tone === "rejected").length;
  return {
    page: "bulk-result",
    head: {
      title: `${what}: what became of it`,
      lead:
        refused === 0
          ? `${count(legs.length)} done, none refused.`
          : `${count(legs.length - refused)} done, ${count(refused)} refused: those are as they were.`,
      crumbs: [{ href: back, label: "Control room" }],
      styles: ["rooms.css"],
    },
    view: { legs, back },
  };
}
