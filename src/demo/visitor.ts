/**
 * Who looks at the demo without signing in: a visitor who may look as any role. Only where the hub
 * runs the demo and answers on a loopback address: everywhere else nobody comes in this way.
 */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Instant } from "../domain/instant.ts";
import { accountRefOf, tenantIdOf } from "../hub/enrol.ts";
import type { Authenticate } from "../identity/policy.ts";
import { type Principal, ROLES, type Role } from "../identity/principal.ts";
import { ownPath } from "../portal/fields.ts";
import type { Portal } from "../portal/portal.ts";
import { DEMO_FOLLOWERS, DEMO_MASTERS, DEMO_TENANT, type DemoAccount } from "./definition.ts";

const COOKIE = "demo-role";
const KEEP_S = 86_400;

export function demoVisitor(now: () => Instant): Authenticate {
  return async (context) => visitorAs(roleOf(context), now());
}

/** One click to look as another role. */
export function addDemoVisitor(portal: Portal): void {
  portal.form("/demo/role", "public", ({ context }, fields) => {
    const role = ROLES.find((one) => one === fields.get("role")) ?? "admin";
    setCookie(context, COOKIE, role, {
      ...{ path: "/", httpOnly: true, sameSite: "Strict", maxAge: KEEP_S },
    });
    return { to: ownPath(fields.get("back")), say: `You look at the demo as ${role} now.` };
  });
}

function roleOf(context: Context): Role {
  const chosen = getCookie(context, COOKIE);
  return ROLES.find((role) => role === chosen) ?? "admin";
}

function visitorAs(role: Role, now: Instant): Principal {
  return {
    tenantId: tenantIdOf(DEMO_TENANT),
    actor: { kind: "demo", id: `demo-${role}`, name: `Demo ${role}` },
    roles: [role],
    scopes: null,
    accounts: accountsOf(role),
    mode: "test",
    // Nobody is who they say in a demo: asking for a second factor would protect nothing.
    steppedUpAt: now,
    address: null,
  };
}

/** What visitors have opened, by their role; what nobody remembers opening is a subscriber's. */
const opened = new Map<string, Set<string>>();

export function openedBy(by: Principal | null, accountId: string): void {
  const role = by?.actor.kind === "demo" ? (by.roles[0] ?? "subscriber") : "subscriber";
  opened.set(role, new Set([...(opened.get(role) ?? []), accountId]));
}

function accountsOf(role: Role): Principal["accounts"] {
  const own = ownOf(role);
  return own === "all" ? own : new Set([...own, ...(opened.get(role) ?? [])]);
}

function ownOf(role: Role): Principal["accounts"] {
  switch (role) {
    case "admin":
    case "operator":
      return "all";
    case "provider":
      return idsOf(DEMO_MASTERS.slice(0, 1));
    case "subscriber":
      return idsOf(DEMO_FOLLOWERS.slice(0, 4));
    case "investor":
      return idsOf(DEMO_FOLLOWERS.slice(0, 2));
  }
}

const idsOf = (accounts: readonly DemoAccount[]): ReadonlySet<string> =>
  new Set(accounts.map((account) => accountRefOf(DEMO_TENANT, account).accountId));
