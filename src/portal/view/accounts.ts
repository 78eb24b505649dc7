/** Masters, followers and their positions as rows of the live page. */
import type { Instant } from "../../domain/instant.ts";
import type { LiveFollower, LiveLastCopy, LiveMaster, LivePosition } from "../live.ts";
import { kindWords, shortOf, standingOf, wordsOf } from "./answer.ts";
import {
  change,
  clockTime,
  count,
  duration,
  lots,
  money,
  NOTHING,
  percent,
  price,
  profit,
  toneOf,
} from "./format.ts";
import { freshnessOf, freshnessWords } from "./freshness.ts";
import { NO_LISTS, type Row } from "./row.ts";
import { sparkline } from "./sparkline.ts";

/** Positions shown of one account; the rest is counted. */
const POSITIONS_MAX = 12;
/** Below this the margin level is marked: most brokers call at 100 and stop out at 50. */
const LOW_MARGIN_LEVEL_PERCENT = 150;

type Account = LiveMaster | LiveFollower;

export function masterRow(master: LiveMaster, now: Instant): Row {
  return {
    id: `m:${master.id}`,
    f: { ...accountFields(master, now), followers: count(master.followers) },
    lists: { positions: positionRows(master) },
  };
}

export function followerRow(
  follower: LiveFollower,
  masterNames: ReadonlyMap<string, string>,
  now: Instant,
): Row {
  const spark = sparkline(follower.equitySpark);
  return {
    id: `f:${follower.id}`,
    f: {
      ...accountFields(follower, now),
      masters: follower.masterIds.map((id) => masterNames.get(id) ?? id).join(", ") || NOTHING,
      rule: follower.ruleSummary,
      spark: spark.points,
      sparkTone: spark.tone,
      sparkChange: change(spark.change),
      ...lastCopyFields(follower.lastCopy),
    },
    lists: { positions: positionRows(follower) },
  };
}

function accountFields(account: Account, now: Instant): Row["f"] {
  const { currency, figures, asOf } = account;
  const freshness = freshnessOf(account.link, asOf, now);
  const level = figures?.marginLevelPercent ?? null;
  const hidden = account.positions.length - POSITIONS_MAX;
  return {
    name: account.name,
    broker: account.broker,
    mode: account.positionMode,
    currency,
    freshness,
    link: freshnessWords(freshness, asOf, now),
    balance: money(figures?.balance ?? null, currency),
    equity: money(figures?.equity ?? null, currency),
    profit: profit(figures?.openProfit ?? null, currency),
    profitTone: toneOf(figures?.openProfit ?? null, currency),
    level: percent(level),
    levelTone: level !== null && level < LOW_MARGIN_LEVEL_PERCENT ? "low" : "fine",
    positionCount: count(account.positions.length),
    positionTone: account.positions.length === 0 ? "empty" : "some",
    morePositions: hidden > 0 ? `and ${count(hidden)} more` : "",
  };
}

function positionRows({ id, positions, currency }: Account): Row[] {
  return positions.slice(0, POSITIONS_MAX).map((position) => positionRow(position, id, currency));
}

function positionRow(position: LivePosition, accountId: string, currency: string): Row {
  return {
    id: `p:${accountId}:${position.id}`,
    f: {
      symbol: position.symbol,
      side: position.side,
      volume: lots(position.volume),
      openPrice: price(position.openPrice, position.digits),
      profit: profit(position.profit, currency),
      profitTone: toneOf(position.profit, currency),
    },
    lists: NO_LISTS,
  };
}

function lastCopyFields(last: LiveLastCopy | null): Row["f"] {
  if (last === null) {
    return {
      lastStanding: "none",
      lastShort: "no signal yet",
      lastLabel: "",
      lastAt: "",
      lastLatency: "",
      lastWords: "",
    };
  }
  const standing = standingOf(last);
  return {
    lastStanding: standing,
    lastShort: shortOf(last),
    lastLabel: `#${last.sequence} ${kindWords(last.kind)} ${last.side} ${last.symbol}`,
    lastAt: clockTime(last.at),
    lastLatency: last.latencyMs === null ? "" : duration(last.latencyMs),
    lastWords: standing === "done" ? "" : wordsOf(last),
  };
}
