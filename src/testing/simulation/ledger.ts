/**
 * The ledger in memory: the rows that Postgres would hold, and its refusals. Every call is atomic.
 * Invariants: rows are only added; nothing is written under a fence that is not held; a signal, a
 * decision, a key and an outcome's number exist once.
 */
import { LockstepError } from "../../domain/errors.ts";
import { PARTITION_COUNT } from "../../domain/ids.ts";
import { isTerminal } from "../../domain/instruction.ts";
import type { CopiedPosition } from "../../follower/decision.ts";
import type { LedgerInstruction } from "../../follower/instruction.ts";
import type { CopiedRow } from "../../follower/ledger.ts";
import type { DecisionRow } from "../../follower/store.ts";
import type { AccountRow, MasterRow, SubscriptionRow } from "../../hub/store.ts";
import type { OutcomeRow } from "../../lane/store.ts";
import type { Signal } from "../../master/signal.ts";
import type { Fence, Write } from "../../platform/fenced.ts";
import type { Divergence } from "../../reconcile/divergence.ts";
import type { Incident, RecordedDeal, Resolution } from "../../reconcile/store.ts";
import type { Kill } from "../../risk/kill/kill.ts";

export type DecidedRow = {
  readonly signal: Signal;
  readonly row: DecisionRow;
  readonly at: number;
};
export type InstructedRow = {
  readonly one: LedgerInstruction;
  readonly at: number;
  readonly order: number;
};
export type LeaseRow = {
  owner: string | null;
  slot: string | null;
  fence: number;
  expiresAt: number;
  settledAt: number;
};
export type DivergenceRow = Divergence & {
  readonly closed: { readonly at: number; readonly resolution: Resolution } | null;
};
export type SubscriptionEntry = SubscriptionRow & { readonly partition: number };

/** Whose accounts these are, as enrolled. */
export type Enrolled = {
  readonly tenantId: string;
  readonly accounts: readonly AccountRow[];
  readonly masters: readonly MasterRow[];
  readonly subscriptions: readonly SubscriptionEntry[];
};

export class MemoryLedger {
  readonly enrolled: Enrolled;
  readonly now: () => number;
  /** Switched off by a mutant: then nobody checks who writes. */
  readonly isFenced: boolean;
  readonly signals: Signal[] = [];
  readonly decisions = new Map<string, DecidedRow>();
  readonly instructions = new Map<string, InstructedRow>();
  readonly outcomes = new Map<string, OutcomeRow[]>();
  readonly copied = new Map<string, CopiedPosition>();
  readonly decidedThrough = new Map<string, number>();
  readonly remembered = new Map<string, string>();
  outbox: { readonly id: number; readonly masterId: string; readonly sequence: number }[] = [];
  readonly leases: LeaseRow[];
  readonly processes = new Map<string, { readonly slot: string; readonly expiresAt: number }>();
  readonly divergences = new Map<string, DivergenceRow>();
  readonly incidents = new Map<string, Incident>();
  readonly deals = new Map<string, RecordedDeal>();
  readonly kills: Kill[] = [];
  readonly acknowledged = new Map<string, number>();
  /** Decisions that are written with their signal, by the write that stands for them. */
  readonly alongside = new WeakMap<Write, readonly DecisionRow[]>();
  /** Each lease's fences as they were given, and when. */
  readonly fenceHistory: { readonly partition: number; readonly fence: number }[] = [];
  #outboxNumber = 0;

  constructor(enrolled: Enrolled, now: () => number, isFenced = true) {
    this.enrolled = enrolled;
    this.now = now;
    this.isFenced = isFenced;
    const free = { owner: null, slot: null, fence: 0, expiresAt: 0, settledAt: 0 };
    this.leases = Array.from({ length: PARTITION_COUNT }, () => ({ ...free }));
  }

  writeSignals(signals: readonly Signal[], fence: Fence): void {
    this.#hold([fence]);
    for (const signal of signals) {
      const isKnown = this.signals.some(
        (one) =>
          one.masterId === signal.masterId &&
          (one.sourceKey === signal.sourceKey || one.sequence === signal.sequence),
      );
      if (isKnown) throw duplicate(`signal ${signal.sourceKey}`);
    }
    this.signals.push(...signals);
    const last = signals.at(-1);
    if (last === undefined) return;
    this.#outboxNumber += 1;
    const { masterId, sequence } = last;
    this.outbox.push({ id: this.#outboxNumber, masterId, sequence });
  }

  writeDecisions(signal: Signal, rows: readonly DecisionRow[]): void {
    this.#hold(rows);
    for (const { subscriptionId } of rows) {
      if (this.decisions.has(`${signal.id} ${subscriptionId}`)) throw duplicate("decision");
    }
    this.#add(rows.flatMap((row) => row.instructions));
    for (const row of rows) {
      this.decisions.set(`${signal.id} ${row.subscriptionId}`, { signal, row, at: this.now() });
    }
  }

  writeInstructions(list: readonly LedgerInstruction[]): void {
    this.#hold(list);
    this.#add(list);
  }

  writeOutcomes(rows: readonly OutcomeRow[], copied: readonly CopiedRow[]): void {
    this.#hold([...rows.map(({ instruction }) => instruction), ...copied]);
    const seen = new Set<string>();
    for (const { instruction, number } of rows) {
      const name = `${instruction.key} ${number}`;
      const known = this.outcomes.get(instruction.key) ?? [];
      const last = known.at(-1);
      if (seen.has(name) || known.some((one) => one.number === number)) throw duplicate("outcome");
      if (last !== undefined && last.status !== "sent" && isTerminal(last.status)) {
        throw duplicate("outcome after the last");
      }
      seen.add(name);
    }
    for (const row of [...rows].sort((a, b) => a.number - b.number)) {
      const list = this.outcomes.get(row.instruction.key) ?? [];
      list.push(row);
      this.outcomes.set(row.instruction.key, list);
    }
    for (const { copied: one } of copied) {
      this.copied.set(`${one.subscriptionId} ${one.position}`, one);
    }
  }

  /** Its last outcome's status, or how it was committed. */
  stateOf(key: string): string {
    const last = this.outcomes.get(key)?.at(-1);
    return last?.status ?? this.instructions.get(key)?.one.status ?? "missing";
  }

  #add(list: readonly LedgerInstruction[]): void {
    for (const { key } of list) if (this.instructions.has(key)) throw duplicate(`key ${key}`);
    for (const one of list) {
      this.instructions.set(one.key, { one, at: this.now(), order: this.instructions.size });
    }
  }

  #hold(fences: readonly Fence[]): void {
    if (!this.isFenced) return;
    for (const { partition, fence } of fences) {
      const lease = this.leases[partition];
      if (lease?.fence === fence && lease.expiresAt > this.now()) continue;
      throw new LockstepError("FENCE_STALE", { partition, fence });
    }
  }
}

/** As Postgres says of a second row of one key. */
function duplicate(what: string): Error {
  return Object.assign(new Error(`${what} is there already`), { code: "23505" });
}
