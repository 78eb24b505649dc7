/**
 * Keeps expected and actual in step: after each outcome, on every connect and on a timer. A
 * difference becomes a divergence with a cause, once; it ends when it is realigned or when the
 * master's position is gone. A snapshot that fails concludes nothing, and what the ledger cannot take
 * is written later.
 */
import type { AccountRef } from "../domain/account.ts";
import type { SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
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
import type { Protections } from "../platform/protections.ts";
import { type Comparison, compare, type Difference } from "./compare.ts";
import {
  amountsOf,
  causeOfDifference,
  causeOfEnd,
  causeOfOutcome,
  causeOfSkip,
  type Divergence,
  isFoundByLooking,
} from "./divergence.ts";
import { type KnownNet, KnownNets } from "./known-nets.ts";
import { mirrorSides, placeEndedBy, tellClosedAlone } from "./mirror-divergences.ts";
import { explain, type NetGap, netGaps, type Taken, unexplained } from "./net-history.ts";
import { OpenDivergences } from "./open-divergences.ts";
import { isSame, placeOf, samePlace } from "./place.ts";
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
  readonly #nets = new KnownNets();
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
    const taken = changed.flatMap((after) => {
      const before = copied.find((old) => samePlace(old, after));
      return before === undefined ? [] : [{ before, after, deal }];
    });
    this.#taken(account, taken);
  }

  /** The follower's own side has taken this of its copies. */
  #taken(account: AccountState, taken: readonly Taken[]): void {
    if (taken.length === 0) return;
    for (const { after } of taken) this.#replace(account, after);
    for (const { before, after, deal } of taken) {
      if (before.state === "detached") continue;
      this.open.add(account, after, {
        cause: causeOfEnd(after),
        expected: heldOf(before),
        actual: heldOf(after),
        at: deal.id,
        masterPrice: after.masterOpenPrice,
      });
    }
    // Told before the copy is written as it stands by now: who takes over in between finds the same
    // deal again, and the same divergence, where the other way round nobody would look for it.
    const changed = taken.map(({ after }) => after);
    this.#write(account.account.tenantId, async () => this.#deps.changed(account, changed));
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
    if (outcome.status === "done") this.open.settle(account, instruction);
    if (outcome.code === "POSITION_GONE") this.#endedElsewhere(account, instruction);
    const mirror = this.copiedOf(account).find((one) => samePlace(one, instruction));
    tellClosedAlone(this.open, account, { mirror, instruction, outcome });
    if (outcome.status === "done" || outcome.code === "POSITION_GONE") return;
    // A way back that failed leaves the divergence open that it was to end.
    if (instruction.origin.kind === "realign" || instruction.origin.kind === "kill") return;
    const place = {
      subscriptionId: instruction.subscriptionId,
      position: instruction.position,
      symbol: instruction.symbol,
      side: instruction.side,
    };
    const cause = causeOfOutcome(instruction, outcome);
    if (cause === null) return;
    this.open.add(account, place, {
      cause,
      ...amountsOf(instruction, outcome),
      ...{ at: instruction.key, key: instruction.key },
      code: outcome.code,
      masterPrice: instruction.masterPrice,
    });
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
  onDecided(signal: Signal): void {
    const place = placeEndedBy(signal);
    if (place === null) return;
    this.open.end((one) => one.position === place && this.#copies(one, signal.masterId), "gone");
  }

  /**
   * Compares a snapshot with memory, at once; the caller has made sure that no event is outstanding.
   * What an answer has changed since the snapshot was asked for is newer: nothing is concluded, and
   * the answer is false.
   */
  async reconcile(account: AccountState, { snapshot, copied: before }: Seen): Promise<boolean> {
    const all = this.copiedOf(account);
    if (!isSame(all, before)) return false;
    const sides = this.#sidesOf(account, snapshot, all);
    const found = compare({ ...sides, copied: all.filter((one) => one.holdings.length > 0) });
    const gaps = this.#gapsOf(account, sides);
    const known = gaps.flatMap((gap) => this.#nets.find(account, gap) ?? []);
    const isKnown = ({ symbol }: { readonly symbol: string }): boolean =>
      known.some(({ gap }) => gap.symbol === symbol);
    const isRead = found.every(isKnown) && gaps.every(isKnown);
    const history = isRead ? [] : await this.#history(account, snapshot);
    // Whatever became different while history was read is for the next look.
    if (!isSame(this.copiedOf(account), all)) return false;
    const fresh = gaps.filter((gap) => !isKnown(gap));
    const told = [
      ...known,
      ...fresh.flatMap((gap) => this.#explained(account, gap, history) ?? []),
    ];
    const explained = new Set(told.map(({ gap }) => gap.symbol));
    const rest = found.filter(({ symbol }) => !explained.has(symbol));
    const unexplained = told.flatMap(({ difference }) => difference ?? []);
    this.#endFound(account, [...rest, ...unexplained]);
    for (const difference of rest) this.#conclude(account, difference, { history, snapshot });
    for (const difference of unexplained) this.#tell(account, difference);
    return true;
  }

  #sidesOf(
    account: AccountState,
    { positions, orders = [] }: Snapshot,
    copied: readonly CopiedPosition[],
  ): Comparison {
    const busy = [...account.unresolved.values()];
    const { keys, unclear, mirroring, mirrors } = mirrorSides(copied, orders);
    return {
      ...{ copied, positions, mode: account.positionMode, released: account.released },
      isBusy: (one) => busy.some((other) => samePlace(other, one)),
      isBusySymbol: (symbol) => busy.some((one) => one.symbol === symbol) || unclear.has(symbol),
      isPending: (key) => account.unresolved.has(key) || keys.has(key),
      ...{ orders, mirroring, mirrors },
      tellsOwn: this.#deps.tellsOwn?.(account) === true,
    };
  }

  /** What only history explains; volume that a stopped subscription left here is in no copy. */
  #gapsOf(account: AccountState, sides: Comparison): NetGap[] {
    if (account.positionMode === "hedging" || account.released.size > 0) return [];
    if (!this.#deps.protections("history-explains-nets")) return [];
    const gaps = netGaps(sides);
    // Looked at again as soon as the answer is there.
    if (gaps.some(({ busy }) => busy)) this.#suspect.add(account.account.accountId);
    return gaps.filter(({ busy }) => !busy);
  }

  /** null: history does not add up to what stands, so that it tells nothing. */
  #explained(account: AccountState, gap: NetGap, history: readonly Deal[]): KnownNet | null {
    const volumeStep = account.market.spec(gap.symbol)?.volumeStep ?? 1n;
    const copied = this.copiedOf(account);
    const explained = explain(gap, { copied, history, volumeStep });
    if (explained === null) return null;
    this.#taken(account, explained.taken);
    const difference = unexplained(gap, explained.rest, this.copiedOf(account));
    return this.#nets.add(account, { gap, difference });
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
    { history, snapshot }: { readonly history: readonly Deal[]; readonly snapshot: Snapshot },
  ): void {
    const { kind, positionId, symbol } = difference;
    const isOfIt = (one: { readonly symbol: string }, id: string): boolean =>
      positionId === null ? one.symbol === symbol : id === positionId;
    const last = history.findLast(
      (deal) => deal.key === null && deal.entry !== "in" && isOfIt(deal, deal.positionId),
    );
    if ((kind !== "missing" && kind !== "side") || last === undefined) {
      this.#tell(account, difference);
      return;
    }
    // Earlier deals may be known: what is missing is the difference, and not their sum.
    const volume = difference.expected - difference.actual;
    const after = snapshot.positions.find((one) => isOfIt(one, one.id));
    this.onDeal(account, { ...last, volume }, after ?? null);
  }

  #tell(account: AccountState, difference: Difference): void {
    const cause = causeOfDifference(difference);
    const { positionId, actual } = difference;
    // Another amount is another finding, also where the last one was accepted.
    const amount = cause === "VOLUME" || cause === "SIDE" ? ` ${actual}` : "";
    const at = `${positionId ?? ""}${amount}`;
    this.open.add(account, difference, { ...difference, cause, at, mayReturn: true });
  }

  /** All that it tells, the oldest first. */
  async #history(account: AccountState, snapshot: Snapshot): Promise<readonly Deal[]> {
    const gateway = this.#deps.gateway(account);
    const deals: Deal[] = [];
    if (gateway.deals === undefined) return deals;
    for await (const deal of gateway.deals(account.account, 0, snapshot.asOf)) deals.push(deal);
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
