/**
 * Keeps expected and actual in step: after each outcome, on every connect and on a timer. A
 * difference becomes a divergence with a cause, once; it ends when it is realigned or when the
 * master's position is gone. A snapshot that fails concludes nothing.
 */
import type { AccountRef } from "../domain/account.ts";
import { idOf } from "../domain/ids.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { Deal, Position, Snapshot } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { heldOf } from "../follower/outcome.ts";
import { ownHand } from "../follower/own-hand.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Signal } from "../master/signal.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock } from "../platform/clock.ts";
import { compare, type Difference } from "./compare.ts";
import { causeOfEnd, type Divergence, type DivergenceCause, divergenceId } from "./divergence.ts";
import { Recorder } from "./recorder.ts";
import type { ReconcileStore, Resolution } from "./store.ts";

/** A snapshot, and the copied positions as they were before it was asked for. */
export type Seen = { readonly snapshot: Snapshot; readonly copied: readonly CopiedPosition[] };

export type ReconcileDeps = {
  readonly store: ReconcileStore;
  readonly clock: Clock;
  readonly activity: Activity;
  gateway(account: AccountState): Gateway;
  subscriptions(accountId: string): readonly Subscription[];
  /** Persists copied positions that the follower's side changed. */
  changed(account: AccountState, copied: readonly CopiedPosition[]): void;
  fault(error: unknown, doing: string): void;
};

export class ReconcileService {
  readonly #deps: ReconcileDeps;
  readonly recorder: Recorder;
  readonly #open = new Map<string, Divergence>();
  /** Accounts of which a deal was told that fits no copied position: its open may be unanswered. */
  readonly #suspect = new Set<string>();
  /** Divergences and incidents since the start, for the replay's summary and for metrics. */
  opened = 0;
  incidents = 0;
  /** Divergences that nothing the hub or the broker recorded accounts for. */
  unexplained = 0;

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
    this.recorder = new Recorder(deps.store);
  }

  get divergences(): readonly Divergence[] {
    return [...this.#open.values()];
  }

  adopt(divergences: readonly Divergence[]): void {
    for (const one of divergences) this.#open.set(placeOf(one), one);
  }

  forget(accountId: string): void {
    this.#suspect.delete(accountId);
    for (const [place, one] of this.#open)
      if (one.accountId === accountId) this.#open.delete(place);
  }

  /** A deal on a follower's account that may not be ours. */
  onDeal(account: AccountState, deal: Deal, after: Position | null): void {
    const copied = this.copiedOf(account);
    const changed = ownHand(copied, deal, after, account.positionMode);
    if (changed.length === 0) {
      const foreign = deal.key === null && deal.entry !== "in";
      if (foreign && account.unresolved.size > 0) this.#suspect.add(account.account.accountId);
      return;
    }
    for (const one of changed) this.#replace(account, one);
    this.#deps.changed(account, changed);
    for (const one of changed) {
      const before = copied.find((old) => samePlace(old, one));
      const expected = before === undefined ? 0n : heldOf(before);
      this.#diverges(account, one, {
        cause: causeOfEnd(one),
        expected,
        actual: heldOf(one),
        at: deal.id,
      });
    }
  }

  /**
   * An instruction has ended: say so where it did not do what the decision said. True where the
   * account should be looked at, since something happened there while the answer was awaited.
   */
  onOutcome(account: AccountState, instruction: LedgerInstruction, outcome: Outcome): boolean {
    this.#judge(account, instruction, outcome);
    if (account.unresolved.size > 0) return false;
    const gone = outcome.code === "POSITION_GONE" && instruction.kind !== "close";
    return this.#suspect.delete(account.account.accountId) || gone;
  }

  #judge(account: AccountState, instruction: LedgerInstruction, outcome: Outcome): void {
    if (instruction.origin.kind === "realign" && outcome.status === "done") {
      this.#endPlace(instruction.subscriptionId, instruction.position, "realigned");
    }
    if (outcome.status === "done" || outcome.code === "POSITION_GONE") return;
    const place = {
      subscriptionId: instruction.subscriptionId,
      position: instruction.position,
      symbol: instruction.symbol,
    };
    const expected = instruction.volume ?? 0n;
    const cause = causeOf(instruction, outcome);
    if (cause === null) return;
    this.#diverges(account, place, {
      cause,
      expected,
      actual: outcome.filled,
      at: instruction.key,
    });
  }

  /** The master's position is gone: what was missing of it no longer is. */
  onMasterClosed(signal: Signal): void {
    const ended = [...this.#open.values()].filter(
      (one) => one.position === signal.position && this.#copies(one, signal.masterId),
    );
    if (ended.length > 0) this.#end(ended, "gone");
  }

  /**
   * Compares a snapshot with memory, at once; the caller has made sure that no event is outstanding.
   * What an answer has changed since the snapshot was asked for is newer: nothing is concluded.
   */
  async reconcile(account: AccountState, { snapshot, copied: before }: Seen): Promise<void> {
    const all = this.copiedOf(account);
    if (all.length !== before.length || all.some((one, index) => one !== before[index])) return;
    this.#endOrphans(account, snapshot);
    const copied = all.filter((one) => one.holdings.length > 0);
    const differences = compare({
      copied,
      positions: snapshot.positions,
      mode: account.positionMode,
      isBusy: (one) => isBusy(account, one),
      isPending: (key) => account.unresolved.has(key),
    });
    if (differences.length === 0) return;
    const closing = await this.#closingDeals(account, snapshot);
    // Whatever became different while history was read is for the next look.
    const now = this.copiedOf(account);
    if (now.some((one, index) => one !== all[index])) return;
    for (const difference of differences)
      this.#conclude(account, difference, { closing, snapshot });
  }

  #endOrphans(account: AccountState, snapshot: Snapshot): void {
    const { accountId } = account.account;
    const standing = new Set(snapshot.positions.map((position) => position.id));
    const gone = [...this.#open.values()].filter(
      (one) => one.cause === "ORPHAN" && one.accountId === accountId && !standing.has(one.position),
    );
    if (gone.length > 0) this.#end(gone, "gone");
  }

  incident(account: AccountRef, code: string, facts: Record<string, string>): void {
    this.incidents += 1;
    const id = idOf("incident", account.accountId, code, JSON.stringify(facts));
    const incident = { id, account, code, facts, at: this.#deps.clock.now() };
    this.#write(account.tenantId, () => this.#deps.store.recordIncident(incident));
  }

  #conclude(
    account: AccountState,
    difference: Difference,
    context: { readonly closing: readonly Deal[]; readonly snapshot: Snapshot },
  ): void {
    if (difference.kind === "missing") {
      const { snapshot, closing } = context;
      const last = closing.findLast(
        (deal) =>
          deal.key === null &&
          (difference.positionId === null
            ? deal.symbol === difference.symbol
            : deal.positionId === difference.positionId),
      );
      if (last !== undefined) {
        // Earlier deals may be known: what is missing is the difference, and not their sum.
        const volume = difference.expected - difference.actual;
        const after = snapshot.positions.find((one) =>
          difference.positionId === null
            ? one.symbol === difference.symbol
            : one.id === difference.positionId,
        );
        this.onDeal(account, { ...last, volume }, after ?? null);
        return;
      }
    }
    const cause = difference.kind === "orphan" ? "ORPHAN" : "VANISHED";
    this.#diverges(account, difference, { ...difference, cause, at: difference.positionId ?? "" });
  }

  async #closingDeals(account: AccountState, snapshot: Snapshot): Promise<Deal[]> {
    const gateway = this.#deps.gateway(account);
    const deals: Deal[] = [];
    if (gateway.deals === undefined) return deals;
    for await (const deal of gateway.deals(account.account, 0, snapshot.asOf)) {
      if (deal.entry !== "in") deals.push(deal);
    }
    return deals;
  }

  /** What the hub believes that the account holds, ended copies included. */
  copiedOf(account: AccountState): CopiedPosition[] {
    const subscriptions = this.#deps.subscriptions(account.account.accountId);
    return subscriptions.flatMap((subscription) => [...subscription.copied.values()]);
  }

  #replace(account: AccountState, copied: CopiedPosition): void {
    const subscriptions = this.#deps.subscriptions(account.account.accountId);
    subscriptions
      .find((one) => one.subscriptionId === copied.subscriptionId)
      ?.copied.set(copied.position, copied);
  }

  #copies(divergence: Divergence, masterId: string): boolean {
    const subscriptions = this.#deps.subscriptions(divergence.accountId);
    return subscriptions.some(
      (one) => one.subscriptionId === divergence.subscriptionId && one.masterId === masterId,
    );
  }

  #diverges(
    account: AccountState,
    place: {
      readonly subscriptionId: string | null;
      readonly position: string;
      readonly symbol: string;
    },
    what: {
      readonly cause: DivergenceCause;
      readonly expected: bigint;
      readonly actual: bigint;
      readonly at: string;
    },
  ): void {
    const { tenantId, accountId } = account.account;
    const divergence: Divergence = {
      id: divergenceId(accountId, `${place.subscriptionId} ${place.position}`, what.cause, what.at),
      tenantId,
      accountId,
      subscriptionId: place.subscriptionId,
      position: place.position,
      symbol: place.symbol,
      cause: what.cause,
      expected: what.expected,
      actual: what.actual,
      openedAt: this.#deps.clock.now(),
    };
    if (this.#open.has(placeOf(divergence))) return;
    this.#open.set(placeOf(divergence), divergence);
    this.opened += 1;
    if (what.cause === "ORPHAN" || what.cause === "VANISHED") this.unexplained += 1;
    this.#write(tenantId, async () => {
      const standing = await this.#deps.store.openDivergences(tenantId, [divergence]);
      // Found again after it was settled: an old answer that a take-over has read once more.
      if (!standing.has(divergence.id)) this.#settledBefore(divergence);
    });
  }

  #settledBefore(divergence: Divergence): void {
    if (this.#open.get(placeOf(divergence)) === divergence) {
      this.#open.delete(placeOf(divergence));
    }
  }

  #endPlace(subscriptionId: string, position: string, resolution: Resolution): void {
    const ended = [...this.#open.values()].filter(
      (one) => one.subscriptionId === subscriptionId && one.position === position,
    );
    if (ended.length > 0) this.#end(ended, resolution);
  }

  #end(ended: readonly Divergence[], resolution: Resolution): void {
    for (const one of ended) this.#open.delete(placeOf(one));
    const at = this.#deps.clock.now();
    for (const tenantId of new Set(ended.map((one) => one.tenantId))) {
      const ids = ended.filter((one) => one.tenantId === tenantId).map((one) => one.id);
      this.#write(tenantId, () =>
        this.#deps.store.closeDivergences(tenantId, ids, { resolution, at }),
      );
    }
  }

  /** Writes in the order asked for, off the order path. */
  #tail: Promise<void> = Promise.resolve();
  #write(tenantId: string, write: () => Promise<void>): void {
    this.#tail = this.#deps.activity.during(() =>
      this.#tail.then(write).catch((error: unknown) => {
        this.#deps.fault(error, `recording for tenant ${tenantId}`);
      }),
    );
  }
}

function causeOf(instruction: LedgerInstruction, outcome: Outcome): DivergenceCause | null {
  if (instruction.kind === "protect") return "STOPS";
  if (instruction.kind !== "open" || outcome.code === "CANCELLED") return null;
  return outcome.status === "partial" ? "PARTIAL" : "REJECTED";
}

function isBusy(account: AccountState, copied: CopiedPosition): boolean {
  for (const busy of account.unresolved.values()) if (samePlace(busy, copied)) return true;
  return false;
}

const samePlace = (
  a: { readonly subscriptionId: string; readonly position: string },
  b: { readonly subscriptionId: string; readonly position: string },
): boolean => a.subscriptionId === b.subscriptionId && a.position === b.position;

const placeOf = (one: Divergence): string =>
  `${one.accountId} ${one.subscriptionId ?? ""} ${one.position}`;
