/** What following a strategy with an account would meet: the master's symbols, and currencies. */
import { inTenant, type Sql } from "../platform/postgres.ts";
import { only, type Row, seen, type View } from "./view.ts";

export type FollowFacts = {
  readonly account: Row;
  readonly strategy: Row;
  /** That the master has traded, the most often first. */
  readonly masterSymbols: readonly string[];
  readonly sameBroker: boolean;
  /** The account follows the strategy already, or did until it was stopped. */
  readonly existing: { readonly id: string; readonly mode: string } | null;
};

const SYMBOLS_MAX = 50;

export function readFollowFacts(
  sql: Sql,
  view: View,
  { strategyId, accountId }: { readonly strategyId: string; readonly accountId: string },
): Promise<FollowFacts> {
  return inTenant(sql, view.tenantId, async (tx) => {
    const strategies = await tx<Row[]>`
      select t.strategy_id as id, t.name, t.master_id, m.broker_id, m.currency, m.position_mode
      from strategies t join accounts m on m.tenant_id = t.tenant_id and m.account_id = t.master_id
      where t.strategy_id::text = ${strategyId}`;
    const strategy = only(strategies, "strategy");
    const accounts = await tx<Row[]>`
      select a.account_id as id, a.name, a.broker_id, a.currency, a.position_mode from accounts a
      where a.account_id::text = ${accountId} and ${seen(tx, view, "a.account_id")}`;
    const account = only(accounts, "account");
    const traded = await tx<{ symbol: string }[]>`
      select symbol from (select symbol from signals where master_id = ${String(strategy["master_id"])}
        order by sequence desc limit 2000) s
      group by symbol order by count(*) desc, symbol limit ${SYMBOLS_MAX}`;
    const [existing = null] = await tx<{ id: string; mode: string }[]>`
      select subscription_id as id, mode from subscriptions
      where strategy_id = ${String(strategy["id"])} and account_id = ${String(account["id"])}`;
    return {
      account,
      strategy,
      masterSymbols: traded.map(({ symbol }) => symbol),
      sameBroker: account["broker_id"] === strategy["broker_id"],
      existing,
    };
  });
}
