/**
 * Rules that hold for many subscriptions at once: a strategy's for all who follow it, a follower
 * account's for all that it copies. What was typed is shown in plain words, with how many it touches,
 * before any of it holds; who changed it meanwhile is not overwritten.
 */
import { isLockstepError, LockstepError } from "../../domain/errors.ts";
import { mergeLayers } from "../../follower/rules/layers.ts";
import { allows, type Permission } from "../../identity/permissions.ts";
import { mayReach } from "../../identity/principal.ts";
import type { Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import { CopyRecords } from "../../records/copies.ts";
import {
  type LayerScope,
  LayerService,
  type LayerVersion,
} from "../../subscriptions/layers/service.ts";
import type { Fields } from "../fields.ts";
import { plainRules } from "../follow/plain-rules.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { count } from "../view/format.ts";

type Kind = LayerScope["kind"];

const RULES_MAX = 20_000;
const SUBSCRIPTIONS_MAX = 5_000;
const PERMISSION: Readonly<Record<Kind, Permission>> = {
  strategy: "strategies:write",
  "follower account": "copies:write",
};

export function addLayers(portal: Portal, sql: () => Sql): void {
  const paths: readonly (readonly [string, Kind])[] = [
    ["/strategies/:id/rules", "strategy"],
    ["/accounts/:id/rules", "follower account"],
  ];
  for (const [path, kind] of paths) {
    portal.page(path, "copies:read", async (asked) =>
      editPage(await scopeOf(asked, sql(), kind), {}),
    );
    portal.form(path, PERMISSION[kind], async (asked, fields) =>
      change(await scopeOf(asked, sql(), kind), fields),
    );
  }
}

type Scoped = {
  readonly asked: Asked;
  readonly sql: Sql;
  readonly scope: LayerScope;
  readonly name: string;
  readonly home: string;
  readonly mayChange: boolean;
  readonly history: readonly LayerVersion[];
};

/** NOT_FOUND where it is not theirs: a strategy's rules are its provider's business. */
async function scopeOf(asked: Asked, sql: Sql, kind: Kind): Promise<Scoped> {
  const { principal } = asked;
  const id = asked.param("id");
  const isStrategy = kind === "strategy";
  const row = isStrategy
    ? await new CopyRecords(sql).strategy(principal, id)
    : await new AccountRecords(sql).read(principal, id);
  const scope = { kind, id };
  const account = String(isStrategy ? row["master_id"] : row["id"]);
  const history = await new LayerService(sql, () => asked.now).history(principal, scope);
  return {
    ...{ asked, sql, scope, history },
    name: String(row["name"]),
    home: `/${isStrategy ? "strategies" : "accounts"}/${id}`,
    mayChange: allows(principal, PERMISSION[kind]) && mayReach(principal, account),
  };
}

type Typed = {
  readonly text?: string;
  readonly reason?: string;
  readonly faults?: readonly string[];
};

const headOf = ({ name, home, scope }: Scoped, title: string): PageAnswer["head"] => ({
  title,
  lead:
    scope.kind === "strategy"
      ? "They hold for everybody who follows it, beside each follower's own."
      : "They hold for everything that the account copies, beside each subscription's own.",
  crumbs: [{ href: home, label: name }],
  styles: ["rooms.css", "wizard.css"],
});

const plain = (rules: unknown, { scope, name }: Scoped) => {
  const { settings } = mergeLayers([{ kind: scope.kind, name, rules }]);
  // A layer that does not speak of the size says nothing of it.
  const sized = settings.some(({ path, from }) => path === "sizing.mode" && from.length > 0);
  return plainRules(settings, `${scope.kind} ${name}`).filter((_, index) => sized || index > 0);
};

function editPage(scoped: Scoped, { text, reason = "", faults = [] }: Typed): PageAnswer {
  const { history, mayChange, home, name } = scoped;
  const [newest] = history;
  return {
    page: "layer",
    head: headOf(scoped, `Rules of ${name}`),
    status: faults.length === 0 ? 200 : 400,
    view: {
      ...{ action: `${home}/rules`, mayChange, faults, reason },
      version: String(newest?.version ?? 0),
      text: text ?? JSON.stringify(newest?.rules ?? {}, null, 2),
      rules: newest === undefined ? [] : plain(newest.rules, scoped),
      versions: history.map((one) => ({
        ...{ version: String(one.version), by: one.byWhom, reason: one.reason },
        at: one.at.slice(0, 16).replace("T", " "),
        rules: JSON.stringify(one.rules),
      })),
    },
  };
}

/** An object, or null where it is none. */
function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function change(scoped: Scoped, fields: Fields): Promise<PageAnswer | Next> {
  const { asked, sql, scope, home } = scoped;
  const text = fields.get("rules").slice(0, RULES_MAX);
  const reason = fields.get("reason");
  const rules = objectIn(text);
  const again = (faults: readonly string[]) => editPage(scoped, { text, reason, faults });
  if (rules === null) return again(["The rules must be one JSON object, such as {}."]);
  if (reason === "") return again(["Say why."]);
  try {
    const words = plain(rules, scoped);
    if (!fields.has("confirmed")) return await lookAt(scoped, { text, reason, words });
    const expectedVersion = Number(fields.get("version"));
    const service = new LayerService(sql, () => asked.now);
    const set = await service.set(asked.principal, scope, { rules, expectedVersion, reason });
    const say = `In force from each master's next signal on, for ${count(set.subscriptions)} subscriptions.`;
    return { to: `${home}/rules`, say };
  } catch (error) {
    return again(faultsOf(error));
  }
}

function faultsOf(error: unknown): readonly string[] {
  if (isLockstepError(error, "PLAN_CHANGED")) {
    return [
      "Somebody has changed them meanwhile: compare with the versions below. Nothing was changed.",
    ];
  }
  if (!(error instanceof LockstepError) || error.code !== "BAD_RULES") throw error;
  const faults = error.context["faults"];
  return Array.isArray(faults) ? faults.map(String) : [error.message];
}

type Looked = {
  readonly text: string;
  readonly reason: string;
  readonly words: ReturnType<typeof plain>;
};

async function lookAt(scoped: Scoped, { text, reason, words }: Looked): Promise<PageAnswer> {
  const { asked, sql, scope, home, history } = scoped;
  const page = { limit: SUBSCRIPTIONS_MAX, after: null };
  const filter = scope.kind === "strategy" ? { strategy: scope.id } : { account: scope.id };
  const { rows } = await new CopyRecords(sql).subscriptions(asked.principal, filter, page);
  const touched = rows.filter((row) => row["mode"] !== "stopped").length;
  return {
    page: "layer-look",
    head: headOf(scoped, "Look before they hold"),
    view: {
      ...{ action: `${home}/rules`, text, reason, words, touched: count(touched) },
      version: String(history[0]?.version ?? 0),
    },
  };
}
