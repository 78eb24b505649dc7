/** What people name, over all tenants: strategies, follower accounts and subscriptions. */
import { LockstepError } from "../domain/errors.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";

export type Named = {
  /** Its name or id; null: any. */
  readonly strategy: string | null;
  /** Its name, login or id; null: any. */
  readonly account: string | null;
};

export type Found = {
  readonly tenantId: string;
  readonly kind: "strategy" | "follower account" | "subscription";
  readonly id: string;
  readonly name: string;
};

/** `layers`: the one that both, or the one given, name. NOT_FOUND where nothing fits. */
export async function findScopes(
  sql: Sql,
  { strategy, account, what }: Named & { readonly what: "subscriptions" | "layers" },
): Promise<readonly Found[]> {
  const both = what === "subscriptions" || (strategy !== null && account !== null);
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const found: Found[] = [];
  for (const { id: tenantId } of tenants) {
    const rows = await inTenant(sql, tenantId, (tx) => {
      if (both) {
        return tx<Omit<Found, "tenantId">[]>`
          select 'subscription' as kind, u.subscription_id as id, a.name || ' of ' || t.name as name
          from subscriptions u join accounts a using (tenant_id, account_id)
            join strategies t using (tenant_id, strategy_id)
          where (${strategy}::text is null or t.name = ${strategy} or t.strategy_id::text = ${strategy})
            and (${account}::text is null or a.name = ${account} or a.login = ${account}
              or a.account_id::text = ${account}) order by t.name, a.name`;
      }
      return tx<Omit<Found, "tenantId">[]>`
        select 'strategy' as kind, strategy_id as id, name from strategies
        where name = ${strategy} or strategy_id::text = ${strategy}
        union all select 'follower account', account_id, name from accounts
        where name = ${account} or login = ${account} or account_id::text = ${account}`;
    });
    found.push(...rows.map((row) => ({ tenantId, ...row })));
  }
  if (found.length > 0) return found;
  throw new LockstepError("NOT_FOUND", {
    strategy: strategy ?? "(any)",
    account: account ?? "(any)",
    expected: "a strategy's name or id, a follower's name, login or id, or both",
  });
}
