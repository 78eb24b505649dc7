/**
 * Kill switches: which are engaged and how far each has come, engaging one after a preview, and
 * releasing it with a reason. Engaging is never slowed by a typed word unless it reaches many.
 */
import { LockstepError } from "../../domain/errors.ts";
import { mayReach, type Principal } from "../../identity/principal.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import { CopyRecords } from "../../records/copies.ts";
import { KILL_SCOPES, type KillScope } from "../../risk/kill/kill.ts";
import { engageKill, type KillProgress, killsOf, releaseKill } from "../../risk/kill/service.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { clockTime, count } from "../view/format.ts";

const WORD = "STOP";
const LIST_MAX = 1_000;
/** From so many accounts on the word is asked for. */
const MANY = 2;

const SCOPE_WORDS: Readonly<Record<KillScope, string>> = {
  everything: "everything",
  tenant: "the whole tenant",
  strategy: "one strategy",
  account: "one account",
  subscription: "one subscription",
};

export function addKill(portal: Portal, sql: () => Sql): void {
  portal.page("/kill", "kill:engage", (asked) => killPage(asked, sql()));
  portal.form("/kill/engage", "kill:engage", (asked, fields) => engage(asked, fields, sql()));
  portal.form("/kill/release", "kill:release", (asked, fields) => release(asked, fields, sql()));
}

type Target = { readonly value: string; readonly label: string; readonly group: string };

async function targetsOf(sql: Sql, principal: Principal): Promise<readonly Target[]> {
  const page = { limit: LIST_MAX, after: null };
  const [accounts, strategies, subscriptions] = await Promise.all([
    new AccountRecords(sql).list(principal, {}, page),
    new CopyRecords(sql).strategies(principal, page),
    new CopyRecords(sql).subscriptions(principal, {}, page),
  ]);
  const of = (group: KillScope, id: unknown, label: string): Target => ({
    ...{ value: `${group}:${String(id)}`, label, group },
  });
  const wide = principal.accounts === "all";
  return [
    ...(wide ? [of("everything", principal.tenantId, "everything")] : []),
    ...(wide ? strategies.rows.map((row) => of("strategy", row["id"], String(row["name"]))) : []),
    ...accounts.rows.map((row) => of("account", row["id"], String(row["name"]))),
    ...subscriptions.rows.map((row) =>
      of("subscription", row["id"], `${String(row["account"])} follows ${String(row["strategy"])}`),
    ),
  ];
}

async function killPage(asked: Asked, sql: Sql): Promise<PageAnswer> {
  const { principal } = asked;
  const [kills, targets] = await Promise.all([
    killsOf(sql, principal.tenantId),
    targetsOf(sql, principal),
  ]);
  const wanted = `${asked.query("scope")}:${asked.query("id")}`;
  const groups = KILL_SCOPES.map((scope) => ({
    label: SCOPE_WORDS[scope],
    targets: targets
      .filter(({ group }) => group === scope)
      .map((one) => ({ ...one, selected: one.value === wanted })),
  })).filter((group) => group.targets.length > 0);
  const names = new Map(targets.map(({ value, label }) => [value, label]));
  return {
    page: "kill",
    head: {
      title: "Kill switch",
      lead: "Stops every open in its scope at once. Closes and stop changes always pass.",
      styles: ["rooms.css"],
      reloadSeconds: 3,
    },
    view: { kills: kills.map((kill) => shown(kill, names)), groups },
  };
}

function shown(kill: KillProgress, names: ReadonlyMap<string, string>) {
  const all = kill.acknowledged === kill.lanes;
  return {
    target: `${kill.scope}:${kill.scopeId}`,
    name: names.get(`${kill.scope}:${kill.scopeId}`) ?? SCOPE_WORDS[kill.scope],
    scope: SCOPE_WORDS[kill.scope],
    closes: kill.closeAll,
    by: kill.by,
    reason: kill.reason,
    at: clockTime(kill.at.getTime()),
    lanes: `${count(kill.acknowledged)} of ${count(kill.lanes)} accounts have confirmed`,
    lanesTone: all ? "done" : "waiting",
    missing: kill.missing.join(", "),
    open: count(kill.open),
  };
}

function targetOf(fields: Fields, principal: Principal) {
  const [scope, scopeId = ""] = fields.get("target").split(":");
  const known = KILL_SCOPES.find((one) => one === scope);
  if (known === undefined) {
    throw new LockstepError("BAD_INPUT", { field: "target", expected: "what to stop" });
  }
  return { tenantId: principal.tenantId, scope: known, scopeId };
}

type Reach = { readonly accounts: number; readonly open: number; readonly own: readonly string[] };

/** Accounts that copy in the scope, and their copies that hold something. */
function reachOf(sql: Sql, target: ReturnType<typeof targetOf>): Promise<Reach> {
  const { tenantId, scope, scopeId } = target;
  return inTenant(sql, tenantId, async (tx) => {
    const within =
      scope === "everything" || scope === "tenant"
        ? tx`true`
        : tx`${tx(`s.${scope}_id`)}::text = ${scopeId}`;
    const rows = await tx<{ id: string; open: number }[]>`
      select s.account_id as id, count(p.position)::int as open from subscriptions s
        left join copied_positions p on p.tenant_id = s.tenant_id
          and p.subscription_id = s.subscription_id and p.state in ('open', 'opening')
          and p.holdings::text <> '[]'
      where s.mode <> 'stopped' and ${within} group by 1`;
    const own = rows.map(({ id }) => id);
    return { accounts: rows.length, open: rows.reduce((sum, row) => sum + row.open, 0), own };
  });
}

/** What it reaches must all be theirs: a subscriber stops his own copies, never a strategy. */
function refuseForeign(
  principal: Principal,
  { own }: Reach,
  target: ReturnType<typeof targetOf>,
): void {
  if (principal.accounts === "all") return;
  const ids = target.scope === "account" ? [target.scopeId] : own;
  const isWide = target.scope !== "account" && target.scope !== "subscription";
  if (isWide || ids.length === 0 || ids.some((id) => !mayReach(principal, id))) {
    throw new LockstepError("FORBIDDEN", { permission: "kill:engage" });
  }
}

async function engage(asked: Asked, fields: Fields, sql: Sql): Promise<PageAnswer | Next> {
  const { principal } = asked;
  const target = targetOf(fields, principal);
  const reach = await reachOf(sql, target);
  refuseForeign(principal, reach, target);
  const reason = fields.get("reason");
  const closeAll = fields.has("close");
  const asksWord = reach.accounts >= MANY;
  const word = fields.get("word");
  const isConfirmed = fields.has("confirmed") && (!asksWord || word === WORD);
  if (reason === "" || !isConfirmed) {
    const fault = fields.has("confirmed") && word !== WORD ? `Type ${WORD} to confirm.` : null;
    return previewOf(fields, { reach, closeAll, word: asksWord ? WORD : null, fault });
  }
  await engageKill(sql, target, { by: principal.actor.name, reason, closeAll });
  return { to: "/kill", say: "Engaged. Each account confirms below within a moment." };
}

type Preview = {
  readonly reach: Reach;
  readonly closeAll: boolean;
  readonly word: string | null;
  readonly fault: string | null;
};

function previewOf(fields: Fields, { reach, closeAll, word, fault }: Preview): PageAnswer {
  const closing = closeAll ? `, and closes ${count(reach.open)} open copies` : "";
  const hidden = ["target", "reason", "close"]
    .filter((name) => fields.has(name))
    .map((name) => ({ name, value: fields.get(name) }));
  const crumbs = [{ href: "/kill", label: "Kill switch" }];
  if (fields.get("reason") === "") {
    return {
      page: "preview",
      head: { title: "A reason is missing", crumbs },
      status: 400,
      view: { missing: "Say why, so that others know what to wait for.", back: "/kill" },
    };
  }
  return {
    page: "preview",
    head: { title: "Engage the kill switch?", crumbs },
    view: {
      effect: `It stops all opens in ${count(reach.accounts)} accounts${closing}.`,
      hidden: [...hidden, { name: "confirmed", value: "1" }],
      ...{ word, fault, action: "/kill/engage", back: "/kill" },
      button: closeAll ? "Stop and close" : "Stop all opens",
      title: "Engage the kill switch",
    },
  };
}

async function release(asked: Asked, fields: Fields, sql: Sql): Promise<Next> {
  const { principal } = asked;
  const target = targetOf(fields, principal);
  refuseForeign(principal, await reachOf(sql, target), target);
  await releaseKill(sql, target, { by: principal.actor.name, reason: fields.get("reason") });
  return { to: "/kill", say: "Released: what it covered may open again." };
}
