/**
 * What a replay writes, as text: outcomes.csv, accounts.csv and summary.json.
 * Invariants: the same rows in any order give the same bytes; lines end in \n; numbers are plain
 * decimals, never exponents; a number that is written is read back as it was (volumes and prices
 * exactly, amounts to the cent, half-even).
 *
 * Decided here: blank means "there is none": the wanted volume where sizing was not reached, the
 * follower's price where nothing was filled, the master's price of a protect signal, the reason
 * of a copy that was not rejected, the outcome of a skip. The master's row stands first in
 * accounts.csv.
 */
import { stringify } from "csv-stringify/sync";
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import { type Fixed, formatFixed, roundHalfEven } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { ScriptAction } from "./script.ts";

/** What one follower did with one signal. Volumes in lots; for a reduction the lots closed. */
export type OutcomeRow = {
  /** From 1. */
  readonly signal: number;
  readonly at: Instant;
  readonly kind: ScriptAction;
  /** As in the script. */
  readonly position: string;
  /** The master's name of it. */
  readonly symbol: string;
  readonly follower: string;
  readonly decision: "copy" | "skip";
  /** Why it was skipped, or the code with which it was rejected. */
  readonly reason: SkipReason | OutcomeCode | null;
  /** Before rounding; null where sizing was not reached. */
  readonly wanted: Fixed | null;
  readonly sent: Fixed;
  readonly filled: Fixed;
  /** Volume-weighted. */
  readonly price: Fixed | null;
  readonly masterPrice: Fixed | null;
  readonly outcome: OutcomeStatus | null;
};

export type AccountRow = {
  readonly account: string;
  readonly balance: Fixed;
  readonly equity: Fixed;
  readonly openPositions: number;
  /** Without deposits. */
  readonly deals: number;
  /** Realised and net of commission and swap. */
  readonly profit: Fixed;
};

export type Summary = {
  readonly signals: number;
  readonly decisions: number;
  readonly copied: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly divergences: number;
  readonly unexplained: number;
  readonly wallSeconds: number;
};

export type OutcomeTally = Pick<Summary, "signals" | "decisions" | "copied" | "skipped">;

const OUTCOME_HEADER =
  "signal,time_ms,kind,position,symbol,follower,decision,reason,volume_wanted,volume_sent,volume_filled,price,master_price,outcome";
const ACCOUNT_HEADER = "account,balance,equity,open_positions,deals,profit";

/** One line per signal and follower, ordered by both. */
export function outcomesCsv(rows: readonly OutcomeRow[]): string {
  const ordered = [...rows].sort(
    (a, b) => a.signal - b.signal || compareCodePoints(a.follower, b.follower),
  );
  return csv(OUTCOME_HEADER, ordered.map(outcomeCells));
}

/** The master's line, then the followers' by name. */
export function accountsCsv(master: AccountRow, followers: readonly AccountRow[]): string {
  const ordered = [...followers].sort((a, b) => compareCodePoints(a.account, b.account));
  return csv(ACCOUNT_HEADER, [master, ...ordered].map(accountCells));
}

/** Reasons in alphabetical order; seconds to the millisecond. */
export function summaryJson(summary: Summary): string {
  const { signals, decisions, copied, divergences, unexplained } = summary;
  const reasons = Object.entries(summary.skipped).sort(([a], [b]) => compareCodePoints(a, b));
  const skipped = Object.fromEntries(reasons);
  const wallSeconds = Math.round(summary.wallSeconds * 1000) / 1000;
  const ordered = { signals, decisions, copied, skipped, divergences, unexplained, wallSeconds };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

/** The counts that follow from the rows alone. */
export function tallyOutcomes(rows: readonly OutcomeRow[]): OutcomeTally {
  const skipped: Partial<Record<string, number>> = {};
  let copied = 0;
  for (const { decision, reason } of rows) {
    if (decision === "copy") copied += 1;
    else if (reason !== null) skipped[reason] = (skipped[reason] ?? 0) + 1;
  }
  const signals = new Set(rows.map(({ signal }) => signal)).size;
  return { signals, decisions: rows.length, copied, skipped };
}

/** By Unicode code point, which is not the order of UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = codePointRank(a, index) - codePointRank(b, index);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A unit's rank, with surrogates (which begin at U+10000) above the rest of the first plane. */
function codePointRank(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** An amount of money with exactly two places. */
export function formatAmount(value: Fixed): string {
  return formatFixed(roundHalfEven(value, 2), 2);
}

function outcomeCells(row: OutcomeRow): string[] {
  const maybe = (value: Fixed | null): string => (value === null ? "" : formatFixed(value));
  return [
    String(row.signal),
    String(row.at),
    row.kind,
    row.position,
    row.symbol,
    row.follower,
    row.decision,
    row.reason ?? "",
    maybe(row.wanted),
    formatFixed(row.sent),
    formatFixed(row.filled),
    maybe(row.price),
    maybe(row.masterPrice),
    row.outcome ?? "",
  ];
}

function accountCells(row: AccountRow): string[] {
  return [
    row.account,
    formatAmount(row.balance),
    formatAmount(row.equity),
    String(row.openPositions),
    String(row.deals),
    formatAmount(row.profit),
  ];
}

function csv(header: string, records: readonly string[][]): string {
  return `${header}\n${stringify([...records], { record_delimiter: "\n" })}`;
}
