/** Subscriptions: the list, and one with its copy log and the rules that hold. */
import { isLockstepError } from "../../domain/errors.ts";
import { effectiveRules, originsOf } from "../../explain/effective-rules.ts";
import type { Layer } from "../../follower/rules/layers.ts";
import { layersOf } from "../../follower/rules/stored.ts";
import type { Sql } from "../../platform/postgres.ts";
import { CopyRecords } from "../../records/copies.ts";
import { readCopyLog } from "../../records/copy-log.ts";
import { besideMaster, besideMasterData } from "../chart/beside.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { copyLine, sumsOf } from "../view/copy-log.ts";

const LOG_SIZE = 50;
const LIST_SIZE = 200;
const MODES = [
  { mode: "paused", value: "pause", label: "Pause" },
  { mode: "active", value: "resume", label: "Resume" },
  { mode: "close-only", value: "close-only", label: "Close only" },
] as const;

export function addSubscriptions(portal: Portal, sql: () => Sql): void {
  portal.page("/subscriptions", "copies:read", async ({ principal }) => {
    const { rows, next } = await new CopyRecords(sql()).subscriptions(
      principal,
      {},
      { limit: LIST_SIZE, after: null },
    );
    const list = rows.map((row) => ({ ...row, href: `/subscriptions/${String(row["id"])}` }));
    return {
      page: "subscriptions",
      head: { title: "Subscriptions", lead: "Who follows what, and how it is copied." },
      view: { list, more: next !== null, none: list.length === 0 },
    };
  });
  portal.page("/subscriptions/:id", "copies:read", (asked) => subscriptionPage(asked, sql()));
  portal.data("/subscriptions/:id/growth.json", "copies:read", async (asked) =>
    besideMasterData(
      sql(),
      asked,
      await new CopyRecords(sql()).subscription(asked.principal, asked.param("id")),
    ),
  );
}

async function subscriptionPage(asked: Asked, sql: Sql): Promise<PageAnswer> {
  const before = Number.parseInt(asked.query("before"), 10);
  const {
    subscription,
    rules,
    layers: others,
    copies,
  } = await readCopyLog(sql, asked.principal, {
    id: asked.param("id"),
    before: Number.isSafeInteger(before) && before > 0 ? before : null,
    limit: LOG_SIZE,
  });
  const layers = layersOf({ rules, layers: others }, String(subscription["strategy"]));
  const origins = originsOf(layers);
  const last = copies.at(-1);
  const id = String(subscription["id"]);
  return {
    page: "subscription",
    head: {
      title: `${String(subscription["account"])} follows ${String(subscription["strategy"])}`,
      crumbs: [{ href: "/subscriptions", label: "Subscriptions" }],
      styles: ["rooms.css", "chart.css"],
      scripts: ["chart.js"],
    },
    view: {
      ...(await besideMaster(sql, asked, subscription)),
      subscription: {
        ...subscription,
        accountHref: `/accounts/${String(subscription["account_id"])}`,
        strategyHref: `/strategies/${String(subscription["strategy_id"])}`,
        since: (subscription["created_at"] as Date).toISOString().slice(0, 16).replace("T", " "),
      },
      sums: sumsOf(copies),
      lines: copies.map((copy) => copyLine(copy, origins)),
      older:
        copies.length === LOG_SIZE && last !== undefined
          ? `/subscriptions/${id}?before=${last.sequence}`
          : null,
      newest: Number.isSafeInteger(before) ? `/subscriptions/${id}` : null,
      ...settingsOf(layers),
      kill: `/kill?scope=subscription&id=${id}`,
      modeAction: `/subscriptions/${id}/mode`,
      stop: subscription["mode"] === "stopped" ? null : `/subscriptions/${id}/stop`,
      modes: MODES.filter(({ mode }) => mode !== subscription["mode"]),
    },
  };
}

/** Rules of an earlier version of the hub may be refused today: then they are shown as such. */
function settingsOf(layers: readonly Layer[]) {
  try {
    const all = effectiveRules(layers).map(({ path, help, value, from }) => ({
      path,
      help,
      value: typeof value === "string" ? value : JSON.stringify(value),
      from: from.join(" and ") || "the default",
      isSet: from.length > 0,
    }));
    return { set: all.filter(({ isSet }) => isSet), defaults: all.filter(({ isSet }) => !isSet) };
  } catch (error) {
    if (!isLockstepError(error, "BAD_RULES")) throw error;
    return { set: [], defaults: [], badRules: error.message };
  }
}
