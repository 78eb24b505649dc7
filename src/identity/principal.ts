/**
 * Who asks: a person, a key, the hub itself, or a visitor of the demo. Everything that is asked over
 * HTTP is asked by a principal of one tenant; what it may do follows from its roles alone
 * (permissions.ts), and which accounts it may see from `accounts`.
 */
import type { Instant } from "../domain/instant.ts";
import type { Permission } from "./permissions.ts";

export const ROLES = ["admin", "operator", "provider", "subscriber", "investor"] as const;

export type Role = (typeof ROLES)[number];

export type Actor = {
  readonly kind: "person" | "key" | "system" | "demo";
  /** The person's or the key's id. */
  readonly id: string;
  /** As the audit shows it. */
  readonly name: string;
};

export type Principal = {
  readonly tenantId: string;
  readonly actor: Actor;
  readonly roles: readonly Role[];
  /** Of a key: it may do no more than this. Null where the roles alone decide. */
  readonly scopes: readonly Permission[] | null;
  /** The accounts it may see and act on; operators and admins have all of the tenant's. */
  readonly accounts: ReadonlySet<string> | "all";
  /** A test key reaches simulated accounts only. */
  readonly mode: "test" | "live";
  /** When it last proved itself with a fresh factor; null: never, as a key. */
  readonly steppedUpAt: Instant | null;
  /** The address it asks from, for the audit. */
  readonly address: string | null;
};

/** How long a fresh factor counts, in milliseconds. */
export const STEP_UP_MS = 300_000;

export function isFresh(principal: Principal, now: Instant): boolean {
  const { steppedUpAt } = principal;
  return steppedUpAt !== null && now - steppedUpAt <= STEP_UP_MS;
}

export function mayReach(principal: Principal, accountId: string): boolean {
  return principal.accounts === "all" || principal.accounts.has(accountId);
}
