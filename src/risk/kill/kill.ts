/**
 * What a kill switch covers. A switch that is engaged stops every open in its scope, whatever it
 * comes from; closes, cancels and stop changes always pass.
 */
export const KILL_SCOPES = ["everything", "tenant", "strategy", "subscription", "account"] as const;

export type KillScope = (typeof KILL_SCOPES)[number];

/** A switch as it is engaged. Of `everything` and `tenant` the id is the tenant's. */
export type Kill = {
  readonly killId: number;
  readonly scope: KillScope;
  readonly scopeId: string;
  /** Also closes the copies that are open, and cancels orders that stand. */
  readonly closeAll: boolean;
  /** Of a restored ledger: no lane confirms it before it has reconciled a snapshot. */
  readonly afterSnapshot: boolean;
};

export type Covered = {
  readonly tenantId: string;
  readonly accountId: string;
  /** Null asks for the account as a whole: only a switch over all of it covers it. */
  readonly subscription: { readonly subscriptionId: string; readonly strategyId: string } | null;
};

export function covers(kill: Pick<Kill, "scope" | "scopeId">, covered: Covered): boolean {
  switch (kill.scope) {
    case "everything":
    case "tenant":
      return kill.scopeId === covered.tenantId;
    case "account":
      return kill.scopeId === covered.accountId;
    case "strategy":
      return kill.scopeId === covered.subscription?.strategyId;
    case "subscription":
      return kill.scopeId === covered.subscription?.subscriptionId;
  }
}
