/**
 * Parts of a live state with ordinary values, for tests of the page: name only what a test is
 * about. `liveSource` shows a state to the page, and changes it.
 */
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import { parseFixed } from "../domain/fixed.ts";
import type { OutcomeStatus } from "../domain/instruction.ts";
import type { Side } from "../domain/trade.ts";
import type {
  LiveAnswer,
  LiveFollower,
  LiveMaster,
  LivePosition,
  LiveResult,
  LiveSignal,
  LiveSource,
  LiveState,
} from "../portal/live.ts";

export const LIVE_AS_OF = Date.UTC(2025, 2, 12, 14, 2, 11, 240);

/** A source that shows what it was last given, and says so to whoever listens. */
export type TestLiveSource = LiveSource & {
  show(state: LiveState): void;
  readonly listeners: number;
};

export function liveSource(first: LiveState): TestLiveSource {
  let state = first;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show(next) {
      state = next;
      for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
}

const NO_ANSWER: LiveAnswer = {
  decision: null,
  reason: null,
  outcome: null,
  code: null,
  detail: null,
  latencyMs: null,
};

export const answers = {
  undecided: NO_ANSWER,
  done: (latencyMs: number): LiveAnswer => ({
    ...NO_ANSWER,
    decision: "copy",
    outcome: "done",
    latencyMs,
  }),
  skipped: (reason: SkipReason, detail: string | null = null): LiveAnswer => ({
    ...NO_ANSWER,
    decision: "skip",
    reason,
    detail,
  }),
  ended: (outcome: OutcomeStatus, code: OutcomeCode | null, latencyMs: number): LiveAnswer => ({
    ...NO_ANSWER,
    decision: "copy",
    outcome,
    code,
    latencyMs,
  }),
};

export function livePosition(
  id: string,
  symbol: string,
  [side, volume, openPrice, profit]: readonly [Side, string, string, string],
): LivePosition {
  return {
    id,
    symbol,
    digits: openPrice.split(".")[1]?.length ?? 0,
    side,
    volume: parseFixed(volume),
    openPrice: parseFixed(openPrice),
    profit: parseFixed(profit),
  };
}

export function liveMaster(change: Partial<LiveMaster> & Pick<LiveMaster, "id">): LiveMaster {
  return {
    name: "Master",
    broker: "Northgate",
    currency: "USD",
    positionMode: "hedging",
    link: "live",
    asOf: LIVE_AS_OF - 240,
    figures: {
      balance: parseFixed("100000"),
      equity: parseFixed("101250.5"),
      openProfit: parseFixed("1250.5"),
      marginLevelPercent: 812.4,
    },
    positions: [],
    followers: 4,
    ...change,
  };
}

export function liveFollower(
  change: Partial<LiveFollower> & Pick<LiveFollower, "id">,
): LiveFollower {
  return {
    name: "Follower",
    broker: "Meridian",
    currency: "EUR",
    positionMode: "hedging",
    link: "live",
    asOf: LIVE_AS_OF - 410,
    figures: {
      balance: parseFixed("12000"),
      equity: parseFixed("12034.2"),
      openProfit: parseFixed("34.2"),
      marginLevelPercent: 540,
    },
    positions: [],
    masterIds: ["atlas"],
    ruleSummary: "equity ratio × 1",
    lastCopy: null,
    equitySpark: [],
    ...change,
  };
}

export function liveSignal(change: Partial<LiveSignal> & Pick<LiveSignal, "id">): LiveSignal {
  return {
    sequence: 1,
    at: LIVE_AS_OF - 1_500,
    master: "Atlas Trend",
    kind: "open",
    symbol: "EURUSD",
    digits: 5,
    side: "buy",
    volume: parseFixed("0.5"),
    price: parseFixed("1.10235"),
    results: [],
    ...change,
  };
}

export function liveResult(
  followerId: string,
  answer: LiveAnswer,
  change: Partial<LiveResult> = {},
): LiveResult {
  const executed = answer.outcome === "done" || answer.outcome === "partial";
  return {
    followerId,
    follower: followerId,
    volume: executed ? parseFixed("0.06") : null,
    price: executed ? parseFixed("1.10236") : null,
    digits: 5,
    slippage: executed ? parseFixed("0.00001") : null,
    ...answer,
    ...change,
  };
}
