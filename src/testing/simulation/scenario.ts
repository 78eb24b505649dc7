/**
 * What a seed plays: which brokers, how many followers, what goes wrong and how often. The rates are
 * swarmed: each seed has some faults often, some seldom and some never, so that one cannot hide
 * another. A seed is calm first in nothing: faults end at `stormMs`, and what follows is liveness.
 */
import type { EventHeap } from "./event-heap.ts";
import type { Network } from "./process.ts";

/** journal: our terminals (fence, one order a key); dedupe: one order a key; tagged: neither. */
export type BrokerKind = "journal" | "dedupe" | "tagged";

export type Scenario = {
  readonly broker: BrokerKind;
  readonly masterMode: "hedging" | "netting";
  readonly followerMode: "hedging" | "netting";
  readonly followers: number;
  readonly processes: number;
  readonly trades: number;
  readonly inFlightMax: number;
  readonly stormMs: number;
  readonly network: Network;
  readonly orders: {
    readonly latencyMs: number;
    readonly slowPpm: number;
    readonly slowMs: number;
    readonly rejectPpm: number;
    readonly partialPpm: number;
    readonly lostRequestPpm: number;
    readonly lostReplyPpm: number;
  };
  readonly historyLagMs: number;
  readonly quarantineMs: number;
  readonly kills: number;
  readonly freezes: number;
  /** At a numbered failpoint, in millionths of the times it is met. */
  readonly failpointPpm: number;
  readonly freezeMsMax: number;
  readonly linkBreaks: number;
  readonly bells: { readonly lostPpm: number; readonly twicePpm: number };
  readonly events: {
    readonly lostPpm: number;
    readonly twicePpm: number;
    readonly swapPpm: number;
  };
  readonly ownHandPpm: number;
  /** Milliseconds after the beginning at which everything is killed by switch; null: never. */
  readonly killSwitchMs: number | null;
  readonly maxAgeMs: number;
  /** How often each account is compared with its broker. */
  readonly reconcileMs: number;
  /** How often a snapshot of the master shows no position, though some stand. */
  readonly emptyPpm: number;
};

const STORM_MS = 16_000;
const LEASE_MS = 3_000;

/** One of: never, seldom, often. */
const rate = (heap: EventHeap, often: number): number =>
  heap.pick([0, 0, Math.round(often / 5), often]);

export function scenarioOf(heap: EventHeap): Scenario {
  const broker = heap.pick<BrokerKind>(["journal", "journal", "dedupe", "tagged"]);
  const freezeMsMax = heap.pick([1_500, 4_000, 6_000]);
  const slowMs = heap.pick([300, 1_500, 3_000]);
  const historyLagMs = heap.pick([0, 0, 400, 1_200]);
  return {
    broker,
    masterMode: heap.pick(["hedging", "hedging", "netting"]),
    followerMode: heap.pick(["hedging", "hedging", "netting"]),
    followers: heap.between(1, 4),
    processes: heap.pick([1, 2, 2, 3]),
    trades: heap.between(4, 16),
    inFlightMax: heap.pick([1, 1, 3]),
    stormMs: STORM_MS,
    network: {
      lostRequestPpm: rate(heap, 15_000),
      lostReplyPpm: rate(heap, 15_000),
      slowPpm: rate(heap, 60_000),
      slowMs: heap.pick([50, 400, 2_000]),
    },
    orders: {
      latencyMs: heap.pick([2, 20, 120]),
      slowPpm: rate(heap, 100_000),
      slowMs,
      rejectPpm: rate(heap, 100_000),
      partialPpm: rate(heap, 100_000),
      lostRequestPpm: rate(heap, 100_000),
      lostReplyPpm: rate(heap, 100_000),
    },
    historyLagMs,
    // Lease, longest freeze, network hold and history lag together: the inequality of the docs.
    quarantineMs: LEASE_MS + freezeMsMax + slowMs + historyLagMs + 500,
    kills: heap.pick([0, 1, 3, 6]),
    freezes: heap.pick([0, 0, 2, 5]),
    failpointPpm: rate(heap, 40_000),
    freezeMsMax,
    linkBreaks: heap.pick([0, 0, 1, 4]),
    bells: { lostPpm: rate(heap, 300_000), twicePpm: rate(heap, 300_000) },
    events: {
      lostPpm: rate(heap, 50_000),
      twicePpm: rate(heap, 100_000),
      swapPpm: rate(heap, 50_000),
    },
    ownHandPpm: rate(heap, 120_000),
    killSwitchMs: heap.chance(150_000) ? heap.between(3_000, STORM_MS) : null,
    maxAgeMs: heap.pick([60_000, 5_000]),
    reconcileMs: 5_000,
    emptyPpm: 0,
  };
}
