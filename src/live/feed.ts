/**
 * The last signals with everyone's answer, newest first, and each follower's latest answer.
 * Invariants: never more than 50 signals; a signal that comes twice is one; an answer that comes
 * before its signal brings the signal with it; a row that has not changed is the same object.
 */
import type { Signal } from "../master/signal.ts";
import type { LiveAnswer, LiveLastCopy, LiveResult, LiveSignal } from "../portal/live.ts";
import { answerOf, type Decided, executedOf, isOpen } from "./answer.ts";

export const FEED_MAX = 50;

/** Who a subscription is, as far as a row says it. */
type Who = {
  readonly accountId: string;
  readonly name: string;
};

export type Names = {
  who(subscriptionId: string): Who;
  /** Decimals of a symbol at the follower's broker. */
  digits(accountId: string, symbol: string): number | null;
  master(masterId: string): string;
  /** Whether an instruction of the account for this position was sent and is not answered. */
  isUnknown(subscriptionId: string, position: string): boolean;
};

export type Answerer = { readonly subscriptionId: string; readonly accountId: string };

type Answer = {
  readonly subscriptionId: string;
  decided: Decided | null;
  /** What the row was last made with. */
  unknown: boolean;
  row: LiveResult | null;
};

type Entry = {
  readonly signal: Signal;
  readonly answers: Map<string, Answer>;
  row: LiveSignal | null;
};

export class Feed {
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #last = new Map<string, { readonly signal: Signal; readonly answer: Answer }>();
  /** Copies without an end, also of signals that have left the feed. */
  readonly #open = new Map<string, { readonly entry: Entry; readonly answer: Answer }>();

  /** True where the signal is new. */
  signal(signal: Signal, subscriptionIds: Iterable<string>): boolean {
    const known = this.#entries.get(signal.id);
    const entry = known ?? this.#enter(signal);
    for (const id of subscriptionIds) this.#answer(entry, id);
    return known === undefined;
  }

  /** True where the answer has brought its signal with it. */
  decided(signal: Signal, by: Answerer, decided: Decided): boolean {
    const { subscriptionId, accountId } = by;
    const known = this.#entries.get(signal.id);
    const entry = known ?? this.#enter(signal);
    const answer = this.#answer(entry, subscriptionId);
    this.#set(entry, answer, decided);
    const last = this.#last.get(accountId);
    if (last === undefined || last.signal.receivedAt <= signal.receivedAt) {
      this.#last.set(accountId, { signal, answer });
    }
    return known === undefined;
  }

  /** What a copy that has no end yet was decided to be; null where there is none. */
  openCopy(
    signalId: string,
    subscriptionId: string,
  ): { readonly signal: Signal; readonly decided: Decided } | null {
    const open = this.#open.get(`${signalId} ${subscriptionId}`);
    const decided = open?.answer.decided ?? null;
    return open === undefined || decided === null ? null : { signal: open.entry.signal, decided };
  }

  /** Replaces it by what is known now; answers the row's answer once that is final. */
  advance(signalId: string, subscriptionId: string, decided: Decided): LiveAnswer | null {
    const open = this.#open.get(`${signalId} ${subscriptionId}`);
    if (open === undefined) return null;
    this.#set(open.entry, open.answer, decided);
    return isOpen(decided) ? null : answerOf(decided, false);
  }

  get waiting(): number {
    return this.#open.size;
  }

  rows(names: Names): readonly LiveSignal[] {
    for (const { entry, answer } of this.#open.values()) {
      const unknown = names.isUnknown(answer.subscriptionId, entry.signal.position);
      if (unknown === answer.unknown) continue;
      answer.unknown = unknown;
      changed(entry, answer);
    }
    return [...this.#entries.values()].map((entry) => rowOf(entry, names)).reverse();
  }

  last(accountId: string): LiveLastCopy | null {
    const last = this.#last.get(accountId);
    if (last === undefined) return null;
    const { signal, answer } = last;
    const { sequence, kind, symbol, side, receivedAt: at } = signal;
    return { ...answerOf(answer.decided, answer.unknown), at, sequence, kind, symbol, side };
  }

  #enter(signal: Signal): Entry {
    const entry: Entry = { signal, answers: new Map(), row: null };
    this.#entries.set(signal.id, entry);
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= FEED_MAX) break;
      this.#entries.delete(id);
    }
    return entry;
  }

  #answer(entry: Entry, subscriptionId: string): Answer {
    let answer = entry.answers.get(subscriptionId);
    if (answer === undefined) {
      answer = { subscriptionId, decided: null, unknown: false, row: null };
      entry.answers.set(subscriptionId, answer);
      entry.row = null;
    }
    return answer;
  }

  #set(entry: Entry, answer: Answer, decided: Decided): void {
    answer.decided = decided;
    answer.unknown = false;
    changed(entry, answer);
    const place = `${entry.signal.id} ${answer.subscriptionId}`;
    if (isOpen(decided)) this.#open.set(place, { entry, answer });
    else this.#open.delete(place);
  }
}

function changed(entry: Entry, answer: Answer): void {
  answer.row = null;
  entry.row = null;
}

function rowOf(entry: Entry, names: Names): LiveSignal {
  if (entry.row !== null) return entry.row;
  const { id, sequence, receivedAt: at, kind, symbol, digits, side, volume, price } = entry.signal;
  const results = [...entry.answers.values()].map((answer) => resultOf(entry, answer, names));
  results.sort((a, b) => (a.follower < b.follower ? -1 : 1));
  const master = names.master(entry.signal.masterId);
  const facts = { id, sequence, at, master, kind, symbol, digits, side, volume, price };
  entry.row = { ...facts, results };
  return entry.row;
}

function resultOf({ signal }: Entry, answer: Answer, names: Names): LiveResult {
  if (answer.row !== null) return answer.row;
  const { decided, unknown, subscriptionId } = answer;
  const { accountId, name } = names.who(subscriptionId);
  const [part] = decided?.parts.values() ?? [];
  const digits = part === undefined ? null : names.digits(accountId, part.symbol);
  answer.row = {
    ...answerOf(decided, unknown),
    ...executedOf(decided, signal),
    followerId: accountId,
    follower: name,
    digits: digits ?? signal.digits,
  };
  return answer.row;
}
