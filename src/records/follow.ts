/** What following a strategy with an account would meet: the symbols of both, and currencies. */
import { inTenant, type Sql } from "../platform/postgres.ts";
import { only, type Row, seen, type View } from "./view.ts";

export type FollowFacts = {
  readonly account: Row;
  readonly strategy: Row;
  /** That the master has traded, the most often first. */
  readonly masterSymbols: readonly string[];
  /** Of the account's broker. */
  readonly ownSymbols: readonly string[];
  readonly sameBroker: boolean;
  /** The account follows the strategy already. */
  readonly already: boolean;
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
    const own = await tx<{ name: string }[]>`
      select name from symbols where broker_id = ${String(account["broker_id"])} order by name`;
    const [row] = await tx<{ already: boolean }[]>`
      select exists (select 1 from subscriptions where strategy_id = ${String(strategy["id"])}
        and account_id = ${String(account["id"])} and mode <> 'stopped') as already`;
    return {
      account,
      strategy,
      masterSymbols: traded.map(({ symbol }) => symbol),
      ownSymbols: own.map(({ name }) => name),
      sameBroker: account["broker_id"] === strategy["broker_id"],
      already: row?.already ?? false,
    };
  });
}
