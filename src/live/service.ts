/**
 * The live state of one tenant in this process, kept from what the hub tells its observer and read
 * from its memory. What the hub tells is only noted down, and worked through at the next look, so
 * that nothing here stands in the way of a trade.
 * Invariants: listeners are called at most four times a second; state() is complete at any time,
 * before the hub is there (empty) as after.
 */

import { fixedToNumber } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { Ratio } from "../domain/ratio.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { HubObserver } from "../hub/ports.ts";
import type { Signal } from "../master/signal.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import type { Sql } from "../platform/postgres.ts";
import type { LiveSource, LiveState } from "../portal/live.ts";
import { filledOf, withEnd } from "./answer.ts";
import { decidedOf } from "./decided.ts";
import { Feed } from "./feed.ts";
import { Holdings } from "./holdings.ts";
import { SAMPLE_MS, Sparks } from "./spark.ts";
import { type Memory, stateOf } from "./state.ts";
import { type LiveHistory, readHistory } from "./store.ts";
import { Tally } from "./tally.ts";

/** As much of the hub as a page looks at. */
export type LiveHub = {
  readonly accounts: ReadonlyMap<string, AccountState>;
  readonly followers: {
    readonly subscriptions: ReadonlyMap<string, Subscription>;
    ofAccount(accountId: string): readonly Subscription[];
  };
  readonly watchers: { has(accountId: string): boolean };
};

export type LiveOptions = {
  readonly tenantId: string;
  readonly environment: LiveState["environment"];
  readonly clock: Clock;
  readonly timers: Timers;
};

type DecisionRow = Parameters<NonNullable<HubObserver["decided"]>>[1][number];

type News =
  | { readonly type: "signal"; readonly signal: Signal }
  | { readonly type: "decided"; readonly signal: Signal; readonly rows: readonly DecisionRow[] }
  | {
      readonly type: "resolved";
      readonly instruction: LedgerInstruction;
      readonly outcome: Outcome;
      readonly at: Instant;
    };

const LOOK_MS = 250;
/** A state may be shown again for this long. */
const FRESH_MS = 100;

export class LiveView implements LiveSource {
  readonly #options: LiveOptions;
  readonly #memory: Memory;
  readonly #listeners = new Set<() => void>();
  #hub: LiveHub | null = null;
  #news: News[] = [];
  #state: LiveState | null = null;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#memory = {
      names: { brokers: new Map(), accounts: new Map(), subscriptions: new Map() },
      feed: new Feed(),
      tally: new Tally(),
      sparks: new Sparks(),
      holdings: new Holdings(),
    };
  }

  /** For the hub, which calls it on the way of a trade. */
  readonly observer: HubObserver = {
    signal: (signal) => void this.#news.push({ type: "signal", signal }),
    decided: (signal, rows) => void this.#news.push({ type: "decided", signal, rows }),
    resolved: (instruction, outcome) => {
      const at = this.#options.clock.now();
      this.#news.push({ type: "resolved", instruction, outcome, at });
    },
  };

  /** Reads what the ledger knew before this process; to be called before the hub starts. */
  async read(sql: Sql): Promise<void> {
    this.begin(await readHistory(sql, this.#options.tenantId));
  }

  /** What was known before this process. */
  begin(history: LiveHistory): void {
    const { feed, tally, holdings } = this.#memory;
    this.#memory.names = history.names;
    tally.beginAt(history.counts);
    for (const signal of history.signals) feed.signal(signal, []);
    const signals = new Map(history.signals.map((signal) => [signal.id, signal]));
    for (const { signalId, subscriptionId, accountId, decided } of history.answers) {
      const signal = signals.get(signalId);
      if (signal === undefined) continue;
      feed.decided(signal, { subscriptionId, accountId }, decided);
      for (const { ended } of decided.parts.values()) tally.latency(ended?.latencyMs ?? null);
    }
    for (const signal of history.standing) holdings.signal(signal);
  }

  attach(hub: LiveHub): void {
    this.#hub = hub;
  }

  state(): LiveState {
    const now = this.#options.clock.now();
    if (this.#state !== null && now - this.#state.asOf < FRESH_MS) return this.#state;
    this.#catchUp();
    const { tenantId, environment } = this.#options;
    this.#state = stateOf(this.#hub, this.#memory, { tenantId, environment, now });
    return this.#state;
  }

  /** What one unit of the account's currency is worth there; null where no quote tells. */
  rate(accountId: string, to: string): Ratio | null {
    const account = this.#hub?.accounts.get(accountId);
    return account === undefined ? null : account.market.rate(account.currency, to);
  }

  /** As the hub knows it now; null where it is not served here. Not to be changed. */
  account(accountId: string): Readonly<AccountState> | null {
    return this.#hub?.accounts.get(accountId) ?? null;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks, samples and tells until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (let waitedMs = SAMPLE_MS; !signal.aborted; waitedMs += LOOK_MS) {
      this.#catchUp();
      if (waitedMs >= SAMPLE_MS) {
        waitedMs = 0;
        this.#memory.sparks.sample(this.#equities());
      }
      for (const listener of this.#listeners) listener();
      await this.#options.timers.sleep(LOOK_MS, signal).catch(() => {});
    }
  }

  *#equities(): Generator<readonly [string, number]> {
    for (const [id, { figures }] of this.#hub?.accounts ?? []) {
      if (figures !== null) yield [id, fixedToNumber(figures.equity)];
    }
  }

  #catchUp(): void {
    const news = this.#news;
    this.#news = [];
    for (const one of news) {
      if (one.type === "signal") this.#signal(one.signal);
      else if (one.type === "decided") this.#decided(one.signal, one.rows);
      else this.#resolved(one);
    }
  }

  #signal(signal: Signal): void {
    if (signal.tenantId !== this.#options.tenantId) return;
    const { feed, tally, holdings } = this.#memory;
    const subscriptions = [...(this.#hub?.followers.subscriptions.values() ?? [])];
    const copying = subscriptions.filter((one) => one.masterId === signal.masterId);
    const isNew = feed.signal(
      signal,
      copying.map((one) => one.subscriptionId),
    );
    if (isNew) tally.signal();
    holdings.signal(signal);
  }

  #decided(signal: Signal, rows: readonly DecisionRow[]): void {
    if (signal.tenantId !== this.#options.tenantId) return;
    const { feed, tally, holdings } = this.#memory;
    for (const row of rows) {
      const { subscriptionId, decision } = row;
      const subscription = this.#hub?.followers.subscriptions.get(subscriptionId);
      const accountId = subscription?.account.account.accountId ?? subscriptionId;
      const decided = decidedOf(row);
      // The first decisions are written with their signal, and told before it.
      if (feed.decided(signal, { subscriptionId, accountId }, decided)) tally.signal();
      if (decision.decision === "skip") tally.skipped();
      holdings.touch(subscriptionId, signal.position);
    }
  }

  #resolved({ instruction, outcome, at }: Extract<News, { type: "resolved" }>): void {
    const { feed, tally, holdings } = this.#memory;
    const { origin, subscriptionId, part, volume, position } = instruction;
    holdings.touch(subscriptionId, position);
    const open = feed.openCopy(origin.id, subscriptionId);
    if (open === null) return;
    const planned = open.decided.parts.get(part)?.planned ?? null;
    const { status, code, price } = outcome;
    const filled = filledOf(planned, volume, outcome.filled);
    const latencyMs = Math.max(0, at - open.signal.receivedAt);
    const decided = withEnd(open.decided, part, { status, code, price, filled, latencyMs });
    const answer = feed.advance(origin.id, subscriptionId, decided);
    if (answer !== null) tally.copied(answer);
  }
}
