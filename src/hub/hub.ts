/**
 * One process of the hub: it owns partitions by lease, and for the accounts in them it watches
 * masters, decides for followers, runs lanes and reconciles. Several hubs share the work.
 * Invariants: what a hub has in memory belongs to partitions whose fence it holds; a partition that
 * is lost is dropped whole, and one whose writes were refused, or that could not be read, is read
 * again from the ledger; leases are renewed while partitions are being read.
 */
import { setMaxListeners } from "node:events";
import { partitionOf } from "../domain/ids.ts";
import { FollowerService } from "../follower/service.ts";
import type { AccountState } from "../follower/state.ts";
import type { DecisionRow } from "../follower/store.ts";
import type { Gateway, GatewayEvent } from "../gateway/gateway.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { LaneService } from "../lane/service.ts";
import { type MasterDeps, MasterWatcher } from "../master/service.ts";
import type { Signal } from "../master/signal.ts";
import { Relay } from "../queue/service.ts";
import { ReconcileService } from "../reconcile/service.ts";
import { applyEvent } from "./apply-event.ts";
import { CashWatch } from "./cash.ts";
import { ChangeWatch } from "./changes.ts";
import { DivergenceWatch } from "./divergences.ts";
import type { Feed } from "./feed.ts";
import { KillWatch } from "./kills.ts";
import { SymbolLearner } from "./learner.ts";
import { LimitWatch } from "./limits.ts";
import { loop } from "./loop.ts";
import { MirrorWatch } from "./mirrors.ts";
import { NewsWatch } from "./news.ts";
import { Partitions } from "./partitions.ts";
import type { HubDeps } from "./ports.ts";
import { ReapplyWatch } from "./reapply.ts";
import { StopWatch } from "./stopping.ts";
import { HubSurroundings } from "./surroundings.ts";
import { Sweeper } from "./sweep.ts";
import { TakeOver } from "./take-over.ts";
import { Tally } from "./tally.ts";

const TURN_MS = 1_000;
const KILLS_MS = 200;
const DRAIN_MS = 5_000;

export class Hub {
  readonly deps: HubDeps;
  readonly accounts = new Map<string, AccountState>();
  readonly feeds = new Map<string, Feed>();
  readonly watchers = new Map<string, MasterWatcher>();
  readonly markets = new Map<string, BrokerMarket>();
  readonly followers: FollowerService;
  readonly lanes: LaneService;
  readonly reconciler: ReconcileService;
  readonly relay: Relay;
  readonly surroundings: HubSurroundings;
  readonly tally = new Tally();
  readonly cash = new CashWatch(this);
  readonly limits = new LimitWatch(this);
  readonly changes = new ChangeWatch(this);
  readonly kills = new KillWatch(this);
  readonly stopping = new StopWatch(this);
  readonly news = new NewsWatch(this);
  readonly divergences = new DivergenceWatch(this);
  readonly reapplying = new ReapplyWatch(this);
  readonly mirrors = new MirrorWatch(this);
  readonly #learner: SymbolLearner;
  readonly #takeOver: TakeOver;
  readonly #sweeper: Sweeper;
  readonly #partitions: Partitions;
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];
  #unlisten: (() => Promise<void>) | null = null;

  constructor(deps: HubDeps) {
    this.deps = deps;
    // Whatever sleeps listens for the stop: as many as there are accounts, at times.
    setMaxListeners(0, this.#stopping.signal);
    const { stores } = deps;
    const fence = (partition: number): number | null => deps.leases.fence(partition);
    const stale = (partitions: readonly number[]): void => this.stale(partitions);
    const fault = (error: unknown, doing: string): void => this.fault(error, doing);
    this.reconciler = new ReconcileService({
      ...deps,
      store: stores.reconcile,
      gateway: (account) => this.gatewayOf(account),
      subscriptions: (accountId) => this.followers.ofAccount(accountId),
      changed: (account, copied) => this.lanes.changed(account, copied),
      tellsOwn: ({ account: { accountId, tenantId } }) =>
        this.followers
          .ofAccount(accountId)
          .some((one) => this.divergences.policyOf(tenantId, one.subscriptionId).tellsOwn),
      fault,
    });
    this.lanes = new LaneService({
      ...deps,
      stopping: this.#stopping.signal,
      store: stores.lane,
      fence,
      stale,
      fault,
      gateway: (account) => this.gatewayOf(account),
      subscription: (id) => this.followers.subscriptions.get(id),
      subscriptions: (accountId) => this.followers.ofAccount(accountId),
      account: (id) => this.accounts.get(id),
      look: (account) => this.#takeOver.snapshot(account),
      fanningOut: () => this.followers.fanningOut,
      resolved: (instruction, outcome) => this.#resolved(instruction, outcome),
    });
    const market = (brokerId: string): BrokerMarket => this.marketOf(brokerId);
    this.surroundings = new HubSurroundings({
      ...{ calendars: stores.calendar, mappings: stores.symbols, market },
    });
    this.followers = new FollowerService({
      ...deps,
      store: stores.follower,
      lanes: this.lanes,
      surroundings: this.surroundings,
      fence,
      stale,
      fault,
      decided: (signal, rows) => this.#decided(signal, rows),
      behind: () => this.#sweeper.answerDoorbell(),
      changed: (account, copied) => this.lanes.changed(account, copied),
      learns: (account, decision) => this.#learner.learns(account, decision),
      waitsForOrder: (subscription) => this.mirrors.wake(subscription),
    });
    this.relay = new Relay({
      ...deps,
      store: stores.outbox,
      otherSlots: () => deps.leases.otherSlots,
      fault,
    });
    const gateway = (account: AccountState): Gateway => this.gatewayOf(account);
    this.#learner = new SymbolLearner({ ...deps, gateway, fault });
    this.#takeOver = new TakeOver(this);
    this.#sweeper = new Sweeper(this);
    this.#partitions = new Partitions(this, (taken) => this.#takeOver.take(taken));
  }

  /** Starts gateways, takes what is free, and keeps taking, renewing and sweeping until stopped. */
  async start(): Promise<void> {
    const { gateways, doorbells, slot } = this.deps;
    for (const gateway of gateways.values()) {
      await gateway.start((event) => this.receive(event), this.#stopping.signal);
    }
    this.#unlisten = await doorbells.listen(slot, () => this.#sweeper.answerDoorbell());
    await this.changes.begin();
    await this.turn();
    const { wall: timers, turnMs: everyMs = TURN_MS } = this.deps;
    const { signal } = this.#stopping;
    const keeping = { timers, everyMs, signal, fault: this.fault.bind(this) };
    this.#loops = [
      loop(() => this.#partitions.keep(), keeping),
      loop(() => this.#sweeper.sweep(), keeping),
      loop(() => this.kills.look(), { ...keeping, everyMs: Math.min(everyMs, KILLS_MS) }),
    ];
  }

  /** Stops taking work, lets what is under way end, and gives the leases back. */
  async stop(options: { readonly release: boolean } = { release: true }): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await this.#unlisten?.();
    for (const watcher of this.watchers.values()) watcher.stop();
    const held = new Set(this.deps.leases.partitions);
    if (options.release) {
      // What a broker does not answer in time is looked up by the next owner.
      await this.#drain();
      await this.limits.flush();
      this.drop(held);
      await this.reconciler.recorder.flush();
      await this.deps.leases.close();
    }
    this.drop(held);
  }

  /** Waits for what is under way, within the limit, and keeps its leases meanwhile. */
  async #drain(): Promise<void> {
    const { wall: timers, turnMs: everyMs = TURN_MS, drainMs = DRAIN_MS } = this.deps;
    const over = new AbortController();
    const keeping = { timers, everyMs, signal: over.signal, fault: this.fault.bind(this) };
    const renewing = loop(() => this.deps.leases.renew(), keeping);
    const waited = timers.sleep(drainMs, over.signal).catch(() => {});
    await Promise.race([this.deps.activity.quiet(), waited]);
    over.abort();
    await renewing;
  }

  /** When the last sweep began that saw every signal of the ledger; null: none yet. */
  get sweptAtMs(): number | null {
    return this.#sweeper.sweptAtMs;
  }

  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  gatewayOf(account: { readonly account: { readonly brokerId: string } }): Gateway {
    const gateway = this.deps.gateways.get(account.account.brokerId);
    if (gateway === undefined) throw new RangeError(`no gateway for ${account.account.brokerId}`);
    return gateway;
  }

  marketOf(brokerId: string): BrokerMarket {
    let market = this.markets.get(brokerId);
    if (market === undefined) {
      market = new BrokerMarket();
      this.markets.set(brokerId, market);
    }
    return market;
  }

  /** Partitions whose memory can no longer be trusted: dropped and read again at the next turn. */
  stale(partitions: readonly number[]): void {
    if (!this.deps.protections("stale-is-read-again")) return;
    this.#partitions.mark(partitions);
    void this.deps.activity
      .during(() => this.turn())
      .catch((error: unknown) => this.fault(error, "reading partitions again"));
  }

  /** Reads partitions again, for instance after subscriptions were added. */
  async reload(partitions: readonly number[] = this.deps.leases.partitions): Promise<void> {
    this.#partitions.mark(partitions);
    await this.turn();
  }

  /** One turn of the leases, never two at once; resolves once what it took is in memory. */
  turn(): Promise<void> {
    return this.#partitions.turn();
  }

  /** Compares every account with its broker now, and not only on the timer. */
  async reconcile(): Promise<void> {
    await this.#sweeper.reconcile();
    await this.deps.activity.quiet();
  }

  /** Forgets everything of these partitions at once. */
  drop(partitions: ReadonlySet<number>): void {
    if (partitions.size === 0) return;
    for (const [id, account] of this.accounts) {
      if (!partitions.has(account.partition)) continue;
      for (const one of this.followers.ofAccount(id)) this.followers.registry.remove(one);
      this.lanes.drop(id);
      this.limits.forget(account);
      this.reconciler.forget(id);
      this.accounts.delete(id);
      this.feeds.delete(id);
    }
    for (const [id, watcher] of this.watchers) {
      if (!partitions.has(partitionOf(id))) continue;
      watcher.stop();
      this.watchers.delete(id);
    }
  }

  /** Everything a gateway says comes in here. */
  receive(event: GatewayEvent): void {
    const brokerId = "account" in event ? event.account.brokerId : event.brokerId;
    this.tally.heardAtMs.set(brokerId, this.deps.monotonicMs());
    if (event.type === "quote") this.marketOf(brokerId).setQuote(event.quote);
    else if (event.type === "symbol") this.marketOf(brokerId).setSpecs([event.spec]);
    else {
      const account = this.accounts.get(event.account.accountId);
      if (account !== undefined) this.#hear(account, event);
    }
  }

  #hear(account: AccountState, event: Exclude<GatewayEvent, { type: "quote" | "symbol" }>): void {
    switch (event.type) {
      case "figures":
        account.figures = event.figures;
        this.surroundings.hear(account.account.accountId, event.figures);
        this.limits.hear(account);
        break;
      case "allowed":
        account.facts = { ...account.facts, ...event.allowed };
        break;
      case "link":
        account.online = event.up;
        if (event.up) this.#resync(account);
        else this.#offline(account);
        break;
      case "gap":
        this.#resync(account);
        break;
      case "event":
        this.watchers.get(event.account.accountId)?.receive(event);
        // Known by its own id, so that it needs no place in the stream.
        if (event.event.type === "cash") this.cash.hear(account, event.event.movement);
        this.#follow(account, event);
    }
  }

  /** What waited for the account to be armed is told that it is not connected. */
  #offline(account: AccountState): void {
    account.ready = false;
    this.followers.pump(account);
  }

  #follow(account: AccountState, event: Extract<GatewayEvent, { type: "event" }>): void {
    const feed = this.feeds.get(account.account.accountId);
    const next = feed?.take(event);
    if (next?.gap && this.deps.protections("gap-means-snapshot")) this.#resync(account);
    else if (next?.event) this.apply(account, next.event);
  }

  /** An event of the account, in order and once. */
  apply(account: AccountState, event: Extract<GatewayEvent, { type: "event" }>): void {
    applyEvent(this, account, event);
  }

  #resync(account: AccountState): void {
    const id = account.account.accountId;
    this.feeds.get(id)?.reset();
    this.cash.lost(account);
    this.watchers.get(id)?.resync();
    this.#look(account);
  }

  #look(account: AccountState): void {
    void this.deps.activity.during(() => this.#takeOver.snapshot(account));
  }

  /** Looks at these accounts' brokers; what fails is a fault of that account only. */
  async look(accounts: readonly AccountState[]): Promise<void> {
    await this.deps.activity.during(() => this.#takeOver.look(accounts));
  }

  watch(account: AccountState, linkedAt: number): void {
    const seat = {
      account: account.account,
      gateway: this.gatewayOf(account),
      market: account.market,
      linkedAt,
    };
    const deps: MasterDeps = {
      ...this.deps,
      store: this.deps.stores.master,
      fence: (partition) => this.deps.leases.fence(partition),
      stale: (partitions) => this.stale(partitions),
      opening: (signal) => this.followers.opening(signal),
      committed: (signals) => this.#committed(signals),
      incident: (ref, code, facts) => this.reconciler.incident(ref, code, facts),
      fault: (error, doing) => this.fault(error, doing),
    };
    const watcher = new MasterWatcher(seat, deps);
    this.watchers.set(account.account.accountId, watcher);
    watcher.resync();
  }

  #committed(signals: readonly Signal[]): void {
    const last = signals.at(-1);
    if (last === undefined) return;
    void this.deps.activity.during(() => this.relay.committed(last.masterId, last.sequence));
    for (const signal of signals) this.deps.observer?.signal?.(signal);
    this.followers.onSignals(signals);
  }

  #decided(signal: Signal, rows: readonly DecisionRow[]): void {
    this.reconciler.onDecided(signal);
    for (const { subscriptionId, decision } of rows) {
      if (decision.reason === null) continue;
      const subscription = this.followers.subscriptions.get(subscriptionId);
      if (subscription === undefined) continue;
      if (decision.reason === "MIRRORED") this.mirrors.onTakenOver(subscription, signal);
      this.reconciler.onSkip(subscription.account, signal, { subscriptionId, ...decision });
    }
    this.deps.observer?.decided?.(signal, rows);
  }

  #resolved: ConstructorParameters<typeof LaneService>[0]["resolved"] = (instruction, outcome) => {
    const account = this.accounts.get(instruction.account.accountId);
    if (account === undefined) return;
    const suspect = this.reconciler.onOutcome(account, instruction, outcome);
    const hasFilled = this.mirrors.onPlaced(instruction);
    if (hasFilled || (suspect && account.unresolved.size === 0)) this.#look(account);
    this.deps.observer?.resolved?.(instruction, outcome);
    this.followers.pump(account);
    const subscription = this.followers.subscriptions.get(instruction.subscriptionId);
    if (subscription !== undefined) this.mirrors.wake(subscription);
  };

  fault(error: unknown, doing: string): void {
    this.tally.faults += 1;
    this.deps.log.error({ error }, `fault while ${doing}`);
  }
}
