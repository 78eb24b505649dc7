/** A subscription's account beside the master it follows, from where both are known. */
import type { Sql } from "../../platform/postgres.ts";
import { readPerformance } from "../../records/performance.ts";
import type { Row } from "../../records/view.ts";
import type { Asked } from "../portal.ts";
import { growthCurve } from "./curves.ts";
import { type ChartData, growthData, together } from "./data.ts";
import { growthOf } from "./figures.ts";
import { periodLinks, periodOf, within } from "./period.ts";

/** With id, account_id and master_id. */
type Followed = Row;

async function growths(sql: Sql, { principal, query }: Asked, of: Followed) {
  const period = periodOf(query("period"));
  const [own, other] = await Promise.all(
    [
      { accountId: String(of["account_id"]), published: false },
      { accountId: String(of["master_id"]), published: true },
    ].map(async (which) => growthOf(within(await readPerformance(sql, principal, which), period))),
  );
  return { ...together(own ?? [], other ?? []), period };
}

export async function besideMaster(sql: Sql, asked: Asked, of: Followed) {
  const { own, other, period } = await growths(sql, asked, of);
  const path = `/subscriptions/${String(of["id"])}`;
  return {
    growth: growthCurve(own, other),
    source: `${path}/growth.json?period=${period.value}`,
    periods: periodLinks(path, period),
  };
}

export async function besideMasterData(sql: Sql, asked: Asked, of: Followed): Promise<ChartData> {
  const { own, other } = await growths(sql, asked, of);
  return growthData([
    { name: "This account", growth: own },
    { name: "The master", growth: other },
  ]);
}
