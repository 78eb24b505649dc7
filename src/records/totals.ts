/** Sums over accounts, a line a currency: amounts of different currencies are not added up. */
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Row } from "./view.ts";

export type Total = {
  readonly currency: string;
  readonly accounts: number;
  /** Of these, how many have no figures yet: they are in no sum. */
  readonly unseen: number;
  readonly balance: string;
  readonly credit: string;
  readonly equity: string;
  readonly margin: string;
  /** Equity less balance and credit. */
  readonly floating: string;
};

const AMOUNTS = ["balance", "credit", "equity", "margin"] as const;

type Sums = { accounts: number; unseen: number } & Record<(typeof AMOUNTS)[number], Fixed>;

/** By currency. Rows are accounts with their figures. */
export function totalsOf(rows: readonly Row[]): readonly Total[] {
  const byCurrency = new Map<string, Sums>();
  for (const row of rows) {
    const currency = String(row["currency"]);
    const sums = byCurrency.get(currency) ?? noSums();
    byCurrency.set(currency, sums);
    sums.accounts += 1;
    if (row["equity"] === null) sums.unseen += 1;
    else for (const name of AMOUNTS) sums[name] += parseFixed(String(row[name]));
  }
  return [...byCurrency]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, { accounts, unseen, balance, credit, equity, margin }]) => ({
      ...{ currency, accounts, unseen, balance: formatFixed(balance) },
      ...{ credit: formatFixed(credit), equity: formatFixed(equity), margin: formatFixed(margin) },
      floating: formatFixed(equity - balance - credit),
    }));
}

const noSums = (): Sums => ({
  ...{ accounts: 0, unseen: 0, balance: 0n, credit: 0n, equity: 0n, margin: 0n },
});
