/**
 * Keeps expected and actual in step: after each outcome, on every connect and on a timer. A
 * difference becomes a divergence with a cause, once; it ends when it is realigned or when the
 * master's position is gone. A snapshot that fails concludes nothing, and what the ledger cannot take
 * is written later.
 */
import type { AccountRef } from "../domain/account.ts";
import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { Deal, Position, Snapshot } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { isMirror, type Mirror, stands } from "../follower/mirrored.ts";
import { heldOf } from "../follower/outcome.ts";
import { ownHand } from "../follower/own-hand.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { orderPlace } from "../master/orders.ts";
import type { Signal } from "../master/signal.ts";
import type { Activity } from "../platform/activity.ts";
import type { Clock } from "../platform/clock.ts";
import type { Protections } from "../platform/protections.ts";
import { compare, type Difference } from "./compare.ts";
import {
  causeOfDifference,
  causeOfEnd,
  causeOfOutcome,
  causeOfSkip,
  type Divergence,
  isFoundByLooking,
} from "./divergence.ts";
import { lossOf } from "./loss.ts";
import { OpenDivergences } from "./open-divergences.ts";
import { Recorder } from "./recorder.ts";
import type { ReconcileStore } from "./store.ts";
import { WriteQueue } from "./write-queue.ts";

/** A snapshot, and the copied positions as they were before it was asked for. */
export type Seen = { readonly snapshot: Snapshot; readonly copied: readonly CopiedPosition[] };

/** Of a decision that skips. */
export type Skipped = {
  readonly subscriptionId: string;
  readonly reason: SkipReason | null;
  readonly wanted: Fixed | null;
};

export type ReconcileDeps = {
  readonly store: ReconcileStore;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly protections: Protections;
  gateway(account: AccountState): Gateway;
  subscriptions(accountId: string): readonly Subscription[];
  /** Whether positions that are no copies are told of; absent: never. */
  tellsOwn?(account: AccountState): boolean;
  /** Persists copied positions that the follower's side changed. */
  changed(account: AccountState, copied: readonly CopiedPosition[]): void;
  fault(error: unknown, doing: string): void;
};

export class ReconcileService {
  readonly #deps: ReconcileDeps;
  readonly recorder: Recorder;
  readonly #writes: WriteQueue;
  readonly open: OpenDivergences;
  /** Accounts of which a deal was told that fits no copied position: its open may be unanswered. */
  readonly #suspect = new Set<string>();
  /** By divergence, the parts of its way back that are not done yet. */
  readonly #ways = new Map<string, Set<number>>();
  /** Incidents since the start, for the replay's summary and for metrics. */
  incidents = 0;

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
    this.recorder = new Recorder(deps.store);
    this.#writes = new WriteQueue(deps);
    this.open = new OpenDivergences({ ...deps, writes: this.#writes });
  }

  /** Writes what the ledger could not take before. */
  retry(): void {
    this.#writes.retry();
  }

  /** Whether all that was told is in the ledger. */
  get isWritten(): boolean {
    return this.#writes.isEmpty;
  }

  get divergences(): readonly Divergence[] {
    return this.open.all;
  }

  forget(accountId: string): void {
    this.#suspect.delete(accountId);
    for (const id of this.#ways.keys()) {
      if (this.open.find(id)?.accountId === accountId) this.#ways.delete(id);
    }
    this.open.forget(accountId);
  }

  /** A deal on a follower's account that may not be ours. */
  onDeal(account: AccountState, deal: Deal, after: Position | null): void {
    const copied = this.copiedOf(account);
    const changed = ownHand(copied, deal, after, {
      mode: account.positionMode,
      volumeStep: account.market.spec(deal.symbol)?.volumeStep ?? 1n,
    });
    if (changed.length === 0) {
      const foreign = deal.key === null && deal.entry !== "in";
      if (foreign && account.unresolved.size > 0) this.#suspect.add(account.account.accountId);
      return;
    }
    for (const one of changed) this.#replace(account, one);
    this.#deps.changed(account, changed);
    for (const one of changed) {
      const before = copied.find((old) => samePlace(old, one));
      if (before?.state === "detached") continue;
      const expected = before === undefined ? 0n : heldOf(before);
      this.open.add(account, one, {
        cause: causeOfEnd(one),
        expected,
        actual: heldOf(one),
        at: deal.id,
        masterPrice: one.masterOpenPrice,
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
    const isSuspect = this.#suspect.delete(account.account.accountId);
    const { code } = outcome;
    return isSuspect || code === "POSITION_GONE" || code === "ORDER_GONE";
  }

  /** Ways back that are on their way: once all of one are done, its divergence is over. */
  sent(instructions: readonly LedgerInstruction[]): void {
    const [first] = instructions;
    if (first !== undefined) {
      this.#ways.set(first.origin.id, new Set(instructions.map(({ part }) => part)));
    }
  }

  /** One that another process sent, or that another attempt ended, is found in the ledger. */
  #wentBack({ origin, part, volume }: LedgerInstruction, { status, filled }: Outcome): void {
    const waiting = this.#ways.get(origin.id);
    if (status !== "done" || (volume !== null && filled < volume)) this.#ways.delete(origin.id);
    else waiting?.delete(part);
    if (waiting === undefined || waiting.size > 0 || !this.#ways.delete(origin.id)) return;
    this.open.end(({ id }) => id === origin.id, "realigned");
  }

  #judge(account: AccountState, instruction: LedgerInstruction, outcome: Outcome): void {
    if (instruction.origin.kind === "realign") this.#wentBack(instruction, outcome);
    if (instruction.kind === "protect" && outcome.status === "done") {
      const { accountId } = account.account;
      const found = this.open.at({ ...instruction, accountId });
      if (found?.cause === "STOPS") this.open.end(({ id }) => id === found.id, "gone");
    }
    if (outcome.code === "POSITION_GONE") this.#endedElsewhere(account, instruction);
    if (outcome.filled > 0n) this.#closedAlone(account, instruction, outcome);
    if (outcome.status === "done" || outcome.code === "POSITION_GONE") return;
    // A way back that failed leaves the divergence open that it was to end.
    if (instruction.origin.kind === "realign" || instruction.origin.kind === "kill") return;
    const place = {
      subscriptionId: instruction.subscriptionId,
      position: instruction.position,
      symbol: instruction.symbol,
      side: instruction.side,
    };
    const expected = instruction.volume ?? 0n;
    const cause = causeOfOutcome(instruction, outcome);
    if (cause === null) return;
    this.open.add(account, place, {
      cause,
      expected,
      actual: outcome.filled,
      ...{ at: instruction.key, key: instruction.key },
      code: outcome.code,
      masterPrice: instruction.masterPrice,
    });
  }

  /** What the follower's own order had filled, and the master's did not: it is told, and over. */
  #closedAlone(account: AccountState, instruction: LedgerInstruction, outcome: Outcome): void {
    const { key } = instruction;
    const copied = this.copiedOf(account).find((one) => samePlace(one, instruction));
    if (instruction.kind !== "close" || !isMirror(copied)) return;
    const { masterOpenPrice: masterPrice } = copied;
    const lots = { expected: 0n, actual: outcome.filled };
    const facts = { ...lots, at: key, key, masterPrice, ...lossOf(account, copied, outcome) };
    this.open.add(account, copied, { cause: "EARLY_FILL", ...facts });
    this.open.end((one) => one.cause === "EARLY_FILL" && one.key === key, "gone");
  }

  /** What was to be reduced was gone: the follower's side has ended it before the master did. */
  #endedElsewhere(account: AccountState, instruction: LedgerInstruction): void {
    const copied = this.copiedOf(account).find((one) => samePlace(one, instruction));
    if (instruction.kind !== "close" || copied?.state !== "detached") return;
    this.open.add(account, copied, {
      cause: causeOfEnd(copied),
      expected: instruction.volume ?? 0n,
      actual: 0n,
      at: instruction.key,
      masterPrice: copied.masterOpenPrice,
    });
  }

  /** An open was decided and not copied, though no rule says that nothing is to be held. */
  onSkip(account: AccountState, signal: Signal, skip: Skipped): void {
    const cause = causeOfSkip(skip.reason);
    if (cause === null || (signal.kind !== "open" && signal.kind !== "increase")) return;
    const { subscriptionId, wanted } = skip;
    const { position, symbol, side, price } = signal;
    const facts = { expected: wanted ?? 0n, actual: 0n, at: signal.id, code: skip.reason };
    const place = { subscriptionId, position, symbol, side };
    this.open.add(account, place, { cause, ...facts, masterPrice: price });
  }

  /** The master's position is gone, or its order has filled or is: what was missing no longer is. */
  onDecided({ kind, position, orderId, masterId }: Signal): void {
    const isOver = kind === "close" || kind === "cancel";
    const filled = isOver || (orderId ?? null) === null ? null : orderPlace(orderId ?? "");
    if (!isOver && (filled === null || filled === position)) return;
    const place = isOver ? position : filled;
    this.open.end((one) => one.position === place && this.#copies(one, masterId), "gone");
  }

  /** A part of the follower's own order has filled, and the master's position has taken it over. */
  onTakenOver(account: AccountState, { order, ...copied }: Mirror, position: string): void {
    const { volume: expected, filled: actual, key } = order;
    if (actual >= expected) return;
    const { masterOpenPrice: masterPrice } = copied;
    const facts = { cause: "PARTIAL", expected, actual, at: key, key, masterPrice } as const;
    this.open.add(account, { ...copied, position }, facts);
  }

  /** The follower's own order was refused when its price came, or its hand took it away. */
  onMirrorGone(account: AccountState, mirror: Mirror, code: OutcomeCode | null): void {
    const { volume, filled, key } = mirror.order;
    const cause = code === null ? "CLOSED_BY_HAND" : "REJECTED";
    const facts = { expected: volume, actual: filled, at: `${key} gone`, key, code };
    this.open.add(account, mirror, { cause, ...facts, masterPrice: mirror.masterOpenPrice });
  }

  /**
   * Compares a snapshot with memory, at once; the caller has made sure that no event is outstanding.
   * What an answer has changed since the snapshot was asked for is newer: nothing is concluded.
   */
  async reconcile(account: AccountState, { snapshot, copied: before }: Seen): Promise<void> {
    const all = this.copiedOf(account);
    if (all.length !== before.length || all.some((one, index) => one !== before[index])) return;
    const copied = all.filter((one) => one.holdings.length > 0);
    const differences = compare({
      copied,
      positions: snapshot.positions,
      mode: account.positionMode,
      isBusy: (one) => isBusy(account, one),
      isPending: (key) =>
        account.unresolved.has(key) || all.some((one) => stands(one) && one.order?.key === key),
      released: account.released,
      tellsOwn: this.#deps.tellsOwn?.(account) === true,
      orders: snapshot.orders ?? [],
      standing: new Set(all.flatMap(({ order }) => order?.orderId ?? [])),
    });
    this.#endFound(account, differences);
    if (differences.length === 0) return;
    const closing = await this.#closingDeals(account, snapshot);
    // Whatever became different while history was read is for the next look.
    const now = this.copiedOf(account);
    if (now.some((one, index) => one !== all[index])) return;
    for (const difference of differences)
      this.#conclude(account, difference, { closing, snapshot });
  }

  /** What a look at the account finds no more, whoever has set it right. */
  #endFound(account: AccountState, found: readonly Difference[]): void {
    const { accountId } = account.account;
    const places = new Set(found.map(placeOf));
    // What is on its way may be why it is not found.
    if (account.unresolved.size > 0) return;
    this.open.end(
      (one) => one.accountId === accountId && isFoundByLooking(one) && !places.has(placeOf(one)),
      "gone",
    );
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
    if (difference.kind === "missing" || difference.kind === "side") {
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
    const cause = causeOfDifference(difference);
    const { positionId, actual } = difference;
    // Another amount is another finding, also where the last one was accepted.
    const amount = cause === "VOLUME" || cause === "SIDE" ? ` ${actual}` : "";
    const at = `${positionId ?? ""}${amount}`;
    this.open.add(account, difference, { ...difference, cause, at, mayReturn: true });
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

  #write(tenantId: string, write: () => Promise<void>): void {
    this.#writes.push(`for tenant ${tenantId}`, write);
  }
}

function isBusy(account: AccountState, copied: CopiedPosition): boolean {
  for (const busy of account.unresolved.values()) if (samePlace(busy, copied)) return true;
  return false;
}

const placeOf = (one: { readonly subscriptionId: string | null; readonly position: string }) =>
  `${one.subscriptionId ?? ""} ${one.position}`;

const samePlace = (
  a: { readonly subscriptionId: string; readonly position: string },
  b: { readonly subscriptionId: string; readonly position: string },
): boolean => a.subscriptionId === b.subscriptionId && a.position === b.position;
