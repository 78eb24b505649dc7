/** The whole live page as one tree of rows, within limits that a thousand followers cannot burst. */
import type { LiveBroker, LiveState } from "../live.ts";
import { followerRow, masterRow } from "./accounts.ts";
import { signalRow } from "./feed.ts";
import { clockTime, count, duration, money, profit, toneOf } from "./format.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import { NO_LISTS, type Row } from "./row.ts";

const FEED_MAX = 20;
const FOLLOWERS_MAX = 120;
const MASTERS_MAX = 24;
const BROKERS_MAX = 24;

export function livePage(state: LiveState): Row {
  const masterNames = new Map(state.masters.map(({ id, name }) => [id, name]));
  const followers = state.followers
    .slice(0, FOLLOWERS_MAX)
    .map((follower) => followerRow(follower, masterNames, state.asOf));
  return {
    id: "page",
    f: {
      environment: state.environment,
      clock: clockTime(state.asOf),
      ...totalFields(state),
      ...followerCounts(state),
      moreFollowers: shownOf(followers.length, state.followers.length),
      masterCount: count(state.masters.length),
      followerCount: count(state.followers.length),
      feedTone: state.feed.length === 0 ? "empty" : "some",
      followersTone: state.followers.length === 0 ? "empty" : "some",
      mastersTone: state.masters.length === 0 ? "empty" : "some",
    },
    lists: {
      brokers: state.brokers.slice(0, BROKERS_MAX).map(brokerRow),
      masters: state.masters.slice(0, MASTERS_MAX).map((master) => masterRow(master, state.asOf)),
      followers,
      feed: state.feed.slice(0, FEED_MAX).map(signalRow),
    },
  };
}

function totalFields({ totals, followers }: LiveState): Row["f"] {
  const positions = followers.reduce((sum, follower) => sum + follower.positions.length, 0);
  return {
    currency: totals.currency,
    equity: money(totals.equity, totals.currency),
    profit: profit(totals.openProfit, totals.currency),
    profitTone: toneOf(totals.openProfit, totals.currency),
    partial: partialWords(totals.reported, followers.length),
    partialTone: totals.reported < followers.length ? "partial" : "whole",
    positions: count(positions),
    signals: count(totals.signals),
    copied: count(totals.copied),
    skipped: count(totals.skipped),
    rejected: count(totals.rejected),
    rejectedTone: totals.rejected > 0 ? "some" : "none",
    waiting: count(totals.waiting),
    latencyP50: duration(totals.latencyP50Ms),
    latencyP95: duration(totals.latencyP95Ms),
  };
}

/** Totals over some of the accounts are never shown as totals over all. */
function partialWords(reported: number, all: number): string {
  if (all === 0) return "no accounts yet";
  if (reported < all) return `${count(reported)} of ${count(all)} accounts reported`;
  return "all accounts reported";
}

/** All followers are counted, shown or not, by the same judgement that marks their rows. */
function followerCounts({ followers, asOf }: LiveState): Row["f"] {
  const states = followers.map((follower) => freshnessOf(follower.link, follower.asOf, asOf));
  const number = (...wanted: Freshness[]): number =>
    states.filter((state) => wanted.includes(state)).length;
  const stale = number("stale");
  const offline = number("offline");
  return {
    followersLive: count(number("live", "delayed")),
    followersStale: count(stale),
    staleTone: stale > 0 ? "some" : "none",
    followersOffline: count(offline),
    offlineTone: offline > 0 ? "some" : "none",
  };
}

function brokerRow({ id, name, link }: LiveBroker): Row {
  return { id: `b:${id}`, f: { name, freshness: link }, lists: NO_LISTS };
}

function shownOf(shown: number, all: number): string {
  return shown < all ? `Showing ${count(shown)} of ${count(all)} followers.` : "";
}
