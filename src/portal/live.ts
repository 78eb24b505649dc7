/**
 * What the live page needs to know, and the port it reads it through.
 * The model holds facts (Fixed amounts, closed codes, UTC instants); how they are written is
 * decided in view/. `state()` is cheap and may be called four times a second; it is complete at
 * every call, and what it returned before is never changed afterwards.
 */
import type { PositionMode } from "../domain/account.ts";
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { Side } from "../domain/trade.ts";
import type { SignalKind } from "../master/signal.ts";

export interface LiveSource {
  state(): LiveState;
  /** Calls the listener after each change, as often as it likes; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}

type Environment = "DEMO" | "TEST" | "LIVE";

/** What the gateway says of the connection; the age of the figures is judged by the view. */
export type Link = "live" | "stale" | "offline";

export type LiveState = {
  /** The instant this state was made: ages are counted from here. */
  readonly asOf: Instant;
  readonly environment: Environment;
  readonly brokers: readonly LiveBroker[];
  readonly masters: readonly LiveMaster[];
  readonly followers: readonly LiveFollower[];
  /** Newest first. */
  readonly feed: readonly LiveSignal[];
  readonly totals: LiveTotals;
};

export type LiveBroker = { readonly id: string; readonly name: string; readonly link: Link };

/** Amounts in the account's currency; null before the first snapshot. */
export type LiveFigures = {
  readonly balance: Fixed;
  readonly equity: Fixed;
  readonly openProfit: Fixed;
  /** Percent, or null where no margin is in use. */
  readonly marginLevelPercent: number | null;
};

export type LivePosition = {
  readonly id: string;
  readonly symbol: string;
  /** Decimals of the symbol's prices at its broker. */
  readonly digits: number;
  readonly side: Side;
  readonly volume: Fixed;
  readonly openPrice: Fixed;
  readonly profit: Fixed;
};

type LiveAccount = {
  readonly id: string;
  readonly name: string;
  /** The broker's name. */
  readonly broker: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly link: Link;
  /** When the figures were true; null before the first snapshot. */
  readonly asOf: Instant | null;
  readonly figures: LiveFigures | null;
  readonly positions: readonly LivePosition[];
};

export type LiveMaster = LiveAccount & { readonly followers: number };

export type LiveFollower = LiveAccount & {
  readonly masterIds: readonly string[];
  /** The rules in a few words, such as "equity ratio × 0.5". */
  readonly ruleSummary: string;
  readonly lastCopy: LiveLastCopy | null;
  /** Oldest first; for drawing only. */
  readonly equitySpark: readonly number[];
};

/** The answer to one signal: no decision yet, a skip with its reason, or a copy and its outcome. */
export type LiveAnswer = {
  readonly decision: "copy" | "skip" | null;
  readonly reason: SkipReason | null;
  /** Null until the instruction has been sent. */
  readonly outcome: OutcomeStatus | null;
  readonly code: OutcomeCode | null;
  /** The numbers behind the reason, such as "0.004 lots wanted, the minimum is 0.01". */
  readonly detail: string | null;
  /** From the master's event entering the hub to the broker's answer. */
  readonly latencyMs: number | null;
};

export type LiveLastCopy = LiveAnswer & {
  readonly at: Instant;
  readonly sequence: number;
  readonly kind: SignalKind;
  readonly symbol: string;
  readonly side: Side;
};

export type LiveResult = LiveAnswer & {
  readonly followerId: string;
  readonly follower: string;
  /** Lots executed, or sent where no outcome is known; null where there is none. */
  readonly volume: Fixed | null;
  readonly price: Fixed | null;
  /** Decimals of the symbol's prices at the follower's broker. */
  readonly digits: number;
  /** Price distance to the master's deal; positive where the follower's price is worse. */
  readonly slippage: Fixed | null;
};

export type LiveSignal = {
  readonly id: string;
  readonly sequence: number;
  readonly at: Instant;
  /** The master's name. */
  readonly master: string;
  readonly kind: SignalKind;
  readonly symbol: string;
  readonly digits: number;
  readonly side: Side;
  readonly volume: Fixed;
  readonly price: Fixed | null;
  /** One for each subscription that answers the signal. */
  readonly results: readonly LiveResult[];
};

/** Amounts are converted to `currency`; null where a rate is missing. */
type LiveTotals = {
  readonly currency: string;
  readonly equity: Fixed | null;
  readonly openProfit: Fixed | null;
  /** Followers whose figures are in the amounts. */
  readonly reported: number;
  readonly signals: number;
  readonly copied: number;
  readonly skipped: number;
  readonly rejected: number;
  /** Decisions without a terminal outcome, in flight ones among them. */
  readonly waiting: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
};
