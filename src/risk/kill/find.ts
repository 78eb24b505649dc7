/** A kill switch's target by the names people use, over all tenants of the hub. */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Sql, type Transaction } from "../../platform/postgres.ts";
import type { KillScope } from "./kill.ts";
import type { KillTarget } from "./service.ts";

export type Named = {
  readonly scope: KillScope;
  /** A name, login or id; of a subscription the follower's; empty for everything. */
  readonly name: string;
  /** Of a subscription: the strategy's name or id. */
  readonly strategy?: string;
};

/** NOT_FOUND where nothing is called so; several tenants may each have one of that name. */
export async function findTargets(sql: Sql, named: Named): Promise<readonly KillTarget[]> {
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const found: KillTarget[] = [];
  for (const { id: tenantId } of tenants) {
    const ids = await inTenant(sql, tenantId, (tx) => idsOf(tx, named));
    found.push(...ids.map((scopeId) => ({ tenantId, scope: named.scope, scopeId })));
  }
  if (found.length > 0) return found;
  throw new LockstepError("NOT_FOUND", {
    ...{ scope: named.scope, name: named.name },
    expected: "the name, login or id of one that the hub knows",
  });
}

async function idsOf(tx: Transaction, { scope, name, strategy }: Named): Promise<string[]> {
  const rows = await rowsOf(tx, { scope, name, strategy: strategy ?? "" });
  return rows.map(({ id }) => id);
}

type Asked = { readonly scope: KillScope; readonly name: string; readonly strategy: string };

function rowsOf(tx: Transaction, { scope, name, strategy }: Asked): Promise<{ id: string }[]> {
  switch (scope) {
    case "everything":
      return tx<{ id: string }[]>`select tenant_id as id from tenants`;
    case "tenant":
      return tx<{ id: string }[]>`select tenant_id as id from tenants
        where name = ${name} or tenant_id::text = ${name}`;
    case "account":
      return tx<{ id: string }[]>`select account_id as id from accounts
        where ${name} in (name, login, account_id::text)`;
    case "strategy":
      return tx<{ id: string }[]>`select strategy_id as id from strategies
        where ${name} in (name, strategy_id::text)`;
    case "subscription":
      return tx<{ id: string }[]>`select subscription_id as id
        from subscriptions s join accounts a using (account_id) join strategies t using (strategy_id)
        where (${name} in (a.name, a.login, a.account_id::text)
          and ${strategy} in (t.name, t.strategy_id::text)) or subscription_id::text = ${name}`;
  }
}
