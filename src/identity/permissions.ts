/**
 * What can be permitted, and to whom: the one table. A key has what its creator's roles allow and its
 * scopes name. A permission that moves money, opens trading again or hands out rights asks a person
 * for a fresh factor; keys cannot give one, so that they are told to leave it to a person.
 */
import type { Principal, Role } from "./principal.ts";

type Rule = {
  readonly roles: readonly Role[];
  /** Asks for a factor that was proven within five minutes. */
  readonly stepUp?: true;
  readonly words: string;
};

const EVERYBODY = ["admin", "operator", "provider", "subscriber", "investor"] as const;
const TRADERS = ["admin", "operator", "provider", "subscriber"] as const;
const OPERATORS = ["admin", "operator"] as const;

export const PERMISSIONS = {
  "accounts:read": { roles: EVERYBODY, words: "see accounts, positions, orders and deals" },
  "accounts:write": { roles: TRADERS, words: "link and describe accounts, pair terminals" },
  "credentials:write": { roles: TRADERS, stepUp: true, words: "store an account's credentials" },
  "trades:write": { roles: TRADERS, words: "trade, close and change by hand" },
  "strategies:read": { roles: EVERYBODY, words: "see what is published" },
  "strategies:write": { roles: ["admin", "operator", "provider"], words: "publish strategies" },
  "copies:read": { roles: EVERYBODY, words: "see subscriptions, signals and decisions" },
  "copies:write": { roles: TRADERS, words: "follow, pause, stop and set rules" },
  "divergences:read": { roles: EVERYBODY, words: "see divergences" },
  "divergences:write": { roles: TRADERS, words: "realign, accept, ignore and adopt" },
  "kill:engage": { roles: TRADERS, words: "engage a kill switch" },
  "kill:release": { roles: TRADERS, stepUp: true, words: "release a kill switch" },
  "reports:read": { roles: EVERYBODY, words: "see reports and statements" },
  "webhooks:write": { roles: ["admin", "operator", "provider"], words: "keep webhook endpoints" },
  "people:read": { roles: OPERATORS, words: "see people and their roles" },
  "people:write": { roles: ["admin"], stepUp: true, words: "invite people and set roles" },
  "keys:write": { roles: TRADERS, stepUp: true, words: "create and revoke API keys" },
  "tokens:write": { roles: EVERYBODY, words: "make short-lived tokens of a key" },
  "audit:read": { roles: OPERATORS, words: "read the audit" },
  "jobs:read": { roles: OPERATORS, words: "see the hub's inner state" },
  "settings:write": { roles: ["admin"], stepUp: true, words: "change the hub's settings" },
} as const satisfies Readonly<Record<string, Rule>>;

export type Permission = keyof typeof PERMISSIONS;

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[];

export const asksForFreshFactor = (permission: Permission): boolean =>
  "stepUp" in PERMISSIONS[permission];

/** Whether roles (and a key's scopes) allow it; whose account it is, is asked apart (mayReach). */
export function allows(
  principal: Pick<Principal, "roles" | "scopes">,
  permission: Permission,
): boolean {
  if (principal.scopes !== null && !principal.scopes.includes(permission)) return false;
  const rule: Rule = PERMISSIONS[permission];
  return principal.roles.some((role) => rule.roles.includes(role));
}
