/**
 * Outcomes on their way into the ledger, and what they and the follower's own hand made of its
 * copied positions: collected, written in batches per tenant, and only then passed on.
 * Invariants: a copied position is written as it stands in memory, in one transaction with every
 * outcome that made it so and is not in the ledger yet; what was dropped from memory is not written
 * any more, since whoever reads it from the ledger finds it unanswered and asks the broker.
 */
import type { OutcomeCode } from "../domain/codes.ts";
import { isLockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { CopiedRow } from "../follower/ledger.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { Activity } from "../platform/activity.ts";
import type { Timers } from "../platform/clock.ts";
import type { Failpoints } from "../platform/failpoints.ts";
import { rest } from "./rest.ts";
import type { LaneStore, OutcomeRow } from "./store.ts";

const BATCH = 500;
const RETRY_MS = 100;
const YIELD_MS = 2;
/**
 * Settling gives way to a fan-out for this long at most, each time it has something to write: what
 * is answered and not in the ledger is asked again after a crash, and holds its place in a lane.
 */
const YIELD_MOST_MS = 250;

/** An outcome that the hub itself gives, without asking the broker. */
export function localOutcome(code: OutcomeCode | null, at: Instant): Outcome {
  return {
    status: "rejected",
    code,
    brokerCode: null,
    orderId: null,
    positionId: null,
    filled: 0n,
    price: null,
    at,
  };
}

export type Entry<T> = {
  readonly account: AccountState;
  /** Undefined where the subscription is not served: then there is no copied position. */
  readonly subscription: Subscription | undefined;
  readonly position: string;
  /** Positions of the same subscription that are written with it. */
  readonly beside: readonly string[];
  readonly fence: number;
  /** Null where only the copied position is to be written. */
  readonly outcome: { readonly row: OutcomeRow; readonly item: T } | null;
};

export type SettleDeps<T> = {
  readonly store: LaneStore;
  readonly activity: Activity;
  readonly failpoints: Failpoints;
  /** Real time: a batch is gathered by the machine's clock, also where trade time is simulated. */
  readonly wall: Timers;
  readonly stopping: AbortSignal;
  fanningOut(): boolean;
  isServed(entry: Entry<T>): boolean;
  committed(item: T): void;
  stale(partitions: readonly number[]): void;
  fault(error: unknown, doing: string): void;
};

export class SettleQueue<T> {
  readonly #deps: SettleDeps<T>;
  #entries: Entry<T>[] = [];
  #running = false;
  /** Fewer while something in the queue cannot be written, so that it holds up few others. */
  #most = BATCH;

  constructor(deps: SettleDeps<T>) {
    this.#deps = deps;
  }

  push(entry: Entry<T>): void {
    this.#entries.push(entry);
    if (this.#running) return;
    this.#running = true;
    void this.#deps.activity.during(() => this.#run());
  }

  async #run(): Promise<void> {
    const { wall, stopping } = this.#deps;
    await nextTurn();
    for (let waited = 0; this.#entries.length > 0; ) {
      for (; this.#deps.fanningOut() && waited < YIELD_MOST_MS; waited += YIELD_MS) {
        await rest(wall, YIELD_MS, stopping);
      }
      const batch = this.#take();
      if (batch.length > 0) await this.#write(batch);
    }
    this.#running = false;
  }

  /** The oldest entries of one tenant, and all others of the places that these are about. */
  #take(): readonly Entry<T>[] {
    this.#entries = this.#entries.filter((entry) => this.#deps.isServed(entry));
    const tenantId = this.#entries[0]?.account.account.tenantId;
    const places = new Set<string>();
    const batch = this.#entries.filter((entry) => {
      if (entry.account.account.tenantId !== tenantId) return false;
      const own = placesOf(entry);
      if (places.size < this.#most) for (const place of own) places.add(place);
      return own.some((place) => places.has(place));
    });
    const taken = new Set(batch);
    this.#entries = this.#entries.filter((entry) => !taken.has(entry));
    return batch;
  }

  async #write(batch: readonly Entry<T>[]): Promise<void> {
    const tenantId = batch[0]?.account.account.tenantId ?? "";
    const outcomes = batch.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
    try {
      await this.#deps.store.settle(
        tenantId,
        outcomes.map(({ row }) => row),
        copiedRows(batch),
      );
    } catch (error) {
      await this.#refused(batch, error);
      return;
    }
    this.#most = Math.min(BATCH, this.#most * 2);
    if (outcomes.length > 0) this.#deps.failpoints("OUTCOME_COMMITTED");
    for (const { item } of outcomes) this.#tell(item);
  }

  async #refused(batch: readonly Entry<T>[], error: unknown): Promise<void> {
    const { fault, stale, wall, stopping } = this.#deps;
    fault(error, "writing outcomes");
    if (isLockstepError(error, "FENCE_STALE") || isDuplicate(error)) {
      // Written by a commit whose answer was lost, or another's by now: read it all again.
      stale([...new Set(batch.map(({ account }) => account.partition))]);
      return;
    }
    const isDown = isLockstepError(error, "DATABASE_DOWN");
    if (isDown) this.#entries = [...batch, ...this.#entries];
    else {
      this.#most = Math.max(1, Math.floor(this.#most / 2));
      this.#entries = [...this.#entries, ...batch];
    }
    // A hub that stops leaves it to the next owner, who will find it unanswered.
    if (!(await rest(wall, RETRY_MS, stopping))) this.#entries = [];
  }

  #tell(item: T): void {
    try {
      this.#deps.committed(item);
    } catch (error) {
      this.#deps.fault(error, "going on after an outcome");
    }
  }
}

const positionsOf = <T>({ position, beside }: Entry<T>): string[] => [position, ...beside];

const placesOf = <T>(entry: Entry<T>): string[] =>
  positionsOf(entry).map((position) => placeOf(entry, position));

const placeOf = <T>({ account, subscription }: Entry<T>, position: string): string =>
  `${subscription?.subscriptionId ?? account.account.accountId} ${position}`;

function copiedRows<T>(batch: readonly Entry<T>[]): CopiedRow[] {
  const rows = new Map<string, CopiedRow>();
  for (const entry of batch) {
    for (const position of positionsOf(entry)) {
      const copied = entry.subscription?.copied.get(position);
      if (copied === undefined) continue;
      const { account, fence } = entry;
      rows.set(placeOf(entry, position), { partition: account.partition, fence, copied });
    }
  }
  return [...rows.values()];
}

/** What changed together is written together. */
export function bySubscription(
  changed: readonly CopiedPosition[],
): ReadonlyMap<string, readonly CopiedPosition[]> {
  const lists = new Map<string, CopiedPosition[]>();
  for (const one of changed) {
    const list = lists.get(one.subscriptionId);
    if (list === undefined) lists.set(one.subscriptionId, [one]);
    else list.push(one);
  }
  return lists;
}

export function isDuplicate(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && (error.code === "23505" || error.code === "LS001")
  );
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
