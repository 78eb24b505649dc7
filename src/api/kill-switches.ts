/** Kill switches: what is engaged and how far it has come, engaging and releasing. */
import { z } from "zod";
import { idPattern, idText, uuidsOf } from "../domain/prefixed-ids.ts";
import type { Principal } from "../identity/principal.ts";
import { mayReach } from "../identity/principal.ts";
import type { Sql } from "../platform/postgres.ts";
import type { CopyRecords } from "../records/copies.ts";
import type { KillScope } from "../risk/kill/kill.ts";
import {
  engageKill,
  type KillProgress,
  type KillTarget,
  killsOf,
  releaseKill,
} from "../risk/kill/service.ts";
import { ApiError, notFound } from "./errors.ts";
import { type Route, route } from "./route.ts";
import { exampleId, instantOut, nameIn } from "./schema.ts";

const KINDS = ["account", "strategy", "subscription"] as const;
const SCOPE = z.enum(["tenant", ...KINDS]);
const REASON_MAX = 500;

const isId = (text: string): boolean => KINDS.some((kind) => idPattern(kind).test(text));

const TARGET = {
  scope: SCOPE,
  id: z
    .string()
    .refine(isId, "is not the id of an account, a strategy or a subscription")
    .optional()
    .describe("Of the account, strategy or subscription; absent for the tenant."),
  reason: nameIn(REASON_MAX),
};

const SWITCH = z
  .strictObject({
    number: z.int(),
    scope: z.enum(["everything", "tenant", ...KINDS]),
    id: z.string().nullable(),
    close_all: z.boolean(),
    by_whom: z.string(),
    reason: z.string(),
    engaged_at: instantOut(),
    lanes: z.int().describe("Accounts in its scope that copy or may copy."),
    acknowledged: z.int().describe("Of these, how many have confirmed it."),
    open: z.int().describe("Copies in its scope that still hold something."),
    waiting_for: z.array(z.string()).describe("Accounts that have not confirmed it, ten at most."),
  })
  .meta({ id: "KillSwitch" });

const ENGAGED = z
  .strictObject({
    number: z.int(),
    scope: SCOPE,
    id: z.string().nullable(),
    close_all: z.boolean(),
  })
  .meta({ id: "EngagedKillSwitch" });

const example = {
  body: { scope: "account", id: exampleId("account"), reason: "Broker trouble." },
};

export type KillDeps = { readonly sql: Sql; readonly copies: CopyRecords };

export function killRoutes(deps: KillDeps): readonly Route[] {
  const { sql } = deps;
  return [
    route({
      ...{ name: "listKillSwitches", method: "get", path: "/kill_switches", tag: "Kill switch" },
      permission: "copies:read",
      summary: "Lists what is engaged, and how far each has come.",
      answer: z.strictObject({ data: z.array(SWITCH) }),
      run: async ({ principal }) => ({
        data: (await killsOf(sql, principal.tenantId))
          .filter(({ scope, scopeId }) => isShown(principal, scope, scopeId))
          .map(shown),
      }),
    }),
    route({
      ...{ name: "engageKillSwitch", method: "post", path: "/kill_switches", tag: "Kill switch" },
      permission: "kill:engage",
      summary: "Stops every open in a scope at once; closes still pass.",
      idempotency: "accepted",
      refuses: ["NOT_FOUND"],
      body: z.strictObject({ ...TARGET, close_all: z.boolean().default(false) }),
      answer: ENGAGED,
      example,
      async run({ principal, body }) {
        const target = await targetOf(principal, body, deps);
        const by = { by: principal.actor.name, reason: body.reason };
        const kill = await engageKill(sql, target, { ...by, closeAll: body.close_all });
        return {
          ...kindOf(kill.scope, kill.scopeId),
          number: kill.killId,
          close_all: kill.closeAll,
        };
      },
    }),
    route({
      ...{ name: "releaseKillSwitch", method: "post", tag: "Kill switch" },
      path: "/kill_switches/release",
      permission: "kill:release",
      summary: "Lets a scope open again.",
      idempotency: "accepted",
      refuses: ["NOT_FOUND"],
      body: z.strictObject(TARGET),
      answer: ENGAGED,
      example,
      async run({ principal, body }) {
        const target = await targetOf(principal, body, deps);
        const kill = await releaseKill(sql, target, {
          ...{ by: principal.actor.name, reason: body.reason },
        });
        return {
          ...kindOf(kill.scope, kill.scopeId),
          number: kill.killId,
          close_all: kill.closeAll,
        };
      },
    }),
  ];
}

type Asked = { readonly scope: z.infer<typeof SCOPE>; readonly id?: string | undefined };

/** What spans more than one account is for those who have all of them. */
async function targetOf(
  principal: Principal,
  { scope, id }: Asked,
  { copies }: KillDeps,
): Promise<KillTarget> {
  const { tenantId, accounts } = principal;
  if (scope === "tenant" || scope === "strategy") {
    if (accounts !== "all") throw new ApiError("FORBIDDEN", "It spans accounts of others.");
  }
  if (scope === "tenant") return { tenantId, scope, scopeId: tenantId };
  if (id === undefined || !idPattern(scope).test(id)) {
    const faults = [{ pointer: "/id", code: "WRONG_ID", detail: `is not the id of a ${scope}` }];
    throw new ApiError("INVALID", "The body has faults.", { faults });
  }
  const [scopeId = ""] = uuidsOf(id);
  if (scope === "subscription") await copies.subscription(principal, scopeId);
  if (scope === "account" && !mayReach(principal, scopeId)) throw notFound("account");
  return { tenantId, scope, scopeId };
}

function isShown(principal: Principal, scope: KillScope, scopeId: string): boolean {
  return scope === "account" ? mayReach(principal, scopeId) : principal.accounts === "all";
}

function kindOf(scope: KillScope, scopeId: string) {
  const isTenant = scope === "everything" || scope === "tenant";
  return { scope, id: isTenant ? null : idText(scope, scopeId) };
}

function shown(kill: KillProgress): unknown {
  const { killId, scope, scopeId, closeAll, by, reason, at, lanes, acknowledged, open } = kill;
  return {
    ...kindOf(scope, scopeId),
    ...{ number: killId, close_all: closeAll, by_whom: by, reason, engaged_at: at },
    ...{ lanes, acknowledged, open, waiting_for: kill.missing },
  };
}
