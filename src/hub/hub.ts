/**
 * One process of the hub: it owns partitions by lease, and for the accounts in them it watches
 * masters, decides for followers, runs lanes and reconciles. Several hubs share the work.
 * Invariants: what a hub has in memory belongs to partitions whose fence it holds; a partition that
 * is lost is dropped whole, and one whose writes were refused is read again from the ledger.
 */
import { partitionOf } from "../domain/ids.ts";
import { FollowerService } from "../follower/service.ts";
import type { AccountState } from "../follower/state.ts";
import type { DecisionRow } from "../follower/store.ts";
import type { Gateway, GatewayEvent } from "../gateway/gateway.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { LaneService } from "../lane/service.ts";
import { type MasterDeps, MasterWatcher } from "../master/service.ts";
import type { Signal } from "../master/signal.ts";
import { systemTimers } from "../platform/clock.ts";
import { Relay } from "../queue/service.ts";
import { ReconcileService } from "../reconcile/service.ts";
import type { Feed } from "./feed.ts";
import type { HubDeps } from "./ports.ts";
import { Sweeper } from "./sweep.ts";
import { TakeOver } from "./take-over.ts";

const TURN_MS = 1_000;

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
  readonly #takeOver: TakeOver;
  readonly #sweeper: Sweeper;
  readonly #stopping = new AbortController();
  readonly #stale = new Set<number>();
  #settled: { at: Date; quiet: ReadonlySet<number> } | null = null;
  #loops: Promise<void>[] = [];
  #unlisten: (() => Promise<void>) | null = null;
  #turning: Promise<void> = Promise.resolve();

  constructor(deps: HubDeps) {
    this.deps = deps;
    const { stores } = deps;
    const fence = (partition: number): number | null => deps.leases.fence(partition);
    const stale = (partitions: readonly number[]): void => this.stale(partitions);
    const fault = (error: unknown, doing: string): void => this.fault(error, doing);
    this.reconciler = new ReconcileService({
      ...deps,
      store: stores.reconcile,
      gateway: (account) => this.gatewayOf(account),
      subscriptions: (accountId) => this.followers.ofAccount(accountId),
      changed: (account, copied) => this.#saveCopied(account, copied),
      fault,
    });
    this.lanes = new LaneService({
      ...deps,
      store: stores.lane,
      fence,
      stale,
      fault,
      gateway: (account) => this.gatewayOf(account),
      subscription: (id) => this.followers.subscriptions.get(id),
      account: (id) => this.accounts.get(id),
      fanningOut: () => this.followers.fanningOut,
      resolved: (instruction, outcome) => this.#resolved(instruction, outcome),
    });
    this.followers = new FollowerService({
      ...deps,
      store: stores.follower,
      lanes: this.lanes,
      fence,
      stale,
      fault,
      decided: (signal, rows) => this.#decided(signal, rows),
    });
    this.relay = new Relay({
      ...deps,
      store: stores.outbox,
      otherSlots: () => deps.leases.otherSlots,
      fault,
    });
    this.#takeOver = new TakeOver(this);
    this.#sweeper = new Sweeper(this);
  }

  /** Starts gateways, takes what is free, and keeps taking, renewing and sweeping until stopped. */
  async start(): Promise<void> {
    const { gateways, doorbells, slot } = this.deps;
    for (const gateway of gateways.values()) {
      await gateway.start((event) => this.receive(event), this.#stopping.signal);
    }
    this.#unlisten = await doorbells.listen(slot, () => this.#sweeper.answerDoorbell());
    await this.turn();
    this.#loops = [this.#loop(() => this.turn()), this.#loop(() => this.#sweeper.sweep())];
  }

  /** Stops taking work, lets what is under way end, and gives the leases back. */
  async stop(options: { readonly release: boolean } = { release: true }): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    await this.#unlisten?.();
    for (const watcher of this.watchers.values()) watcher.stop();
    if (options.release) {
      await this.deps.activity.quiet();
      await this.reconciler.recorder.flush();
      await this.deps.leases.close();
    }
    this.drop(new Set(this.deps.leases.partitions));
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
    for (const partition of partitions) this.#stale.add(partition);
    void this.turn().catch((error: unknown) => this.fault(error, "reading partitions again"));
  }

  /** Reads partitions again, for instance after subscriptions were added. */
  async reload(partitions: readonly number[] = this.deps.leases.partitions): Promise<void> {
    for (const partition of partitions) this.#stale.add(partition);
    await this.turn();
  }

  /** Compares every account with its broker now, and not only on the timer. */
  async reconcile(): Promise<void> {
    await this.#sweeper.reconcile();
    await this.deps.activity.quiet();
  }

  /** One turn of the leases, never two at once. */
  turn(): Promise<void> {
    this.#turning = this.#turning.then(
      () => this.#turn(),
      () => this.#turn(),
    );
    return this.#turning;
  }

  async #turn(): Promise<void> {
    if (this.stopped) return;
    const settled = new Map<number, Date>();
    const quiet = this.#quietPartitions();
    if (this.#settled !== null) {
      // Quiet at the last turn and quiet now: everything committed before the last turn has ended.
      for (const p of quiet) if (this.#settled.quiet.has(p)) settled.set(p, this.#settled.at);
    }
    const turn = await this.deps.leases.turn(settled);
    this.#settled = { at: turn.at, quiet };
    const again = [...this.#stale];
    this.#stale.clear();
    this.drop(new Set([...turn.lost, ...again, ...turn.surplus]));
    if (turn.surplus.length > 0) await this.deps.leases.release(turn.surplus);
    const taken = turn.taken.map((one) => one.partition);
    const reread = again.filter((p) => this.deps.leases.fence(p) !== null && !taken.includes(p));
    if (taken.length + reread.length > 0) await this.#takeOver.take([...taken, ...reread]);
  }

  #quietPartitions(): ReadonlySet<number> {
    const quiet = new Set(this.deps.leases.partitions);
    for (const account of this.accounts.values()) {
      if (account.unresolved.size > 0) quiet.delete(account.partition);
    }
    return quiet;
  }

  /** Forgets everything of these partitions at once. */
  drop(partitions: ReadonlySet<number>): void {
    if (partitions.size === 0) return;
    for (const [id, account] of this.accounts) {
      if (!partitions.has(account.partition)) continue;
      for (const subscription of this.followers.ofAccount(id)) this.followers.remove(subscription);
      this.lanes.drop(id);
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
    if (event.type === "quote") {
      this.marketOf(event.brokerId).setQuote(event.quote);
      return;
    }
    const account = this.accounts.get(event.account.accountId);
    if (account !== undefined) this.#hear(account, event);
  }

  #hear(account: AccountState, event: Exclude<GatewayEvent, { type: "quote" }>): void {
    switch (event.type) {
      case "figures":
        account.figures = event.figures;
        break;
      case "link":
        account.online = event.up;
        if (event.up) this.#resync(account);
        else account.ready = false;
        break;
      case "gap":
        this.#resync(account);
        break;
      case "event":
        this.watchers.get(event.account.accountId)?.receive(event);
        this.#follow(account, event);
    }
  }

  #follow(account: AccountState, event: Extract<GatewayEvent, { type: "event" }>): void {
    const feed = this.feeds.get(account.account.accountId);
    const next = feed?.take(event);
    if (next?.gap) this.#resync(account);
    else if (next?.event) this.apply(account, next.event);
  }

  /** An event of the account, in order and once. */
  apply(account: AccountState, { event, at }: Extract<GatewayEvent, { type: "event" }>): void {
    const { recorder } = this.reconciler;
    if (event.type === "position") {
      recorder.position(account.account, event.position, at);
      return;
    }
    recorder.deal(account.account, event.deal, event.position);
    this.reconciler.onDeal(account, event.deal, event.position);
  }

  #resync(account: AccountState): void {
    const id = account.account.accountId;
    this.feeds.get(id)?.reset();
    this.watchers.get(id)?.resync();
    void this.deps.activity
      .during(() => this.#takeOver.snapshot(account))
      .catch((error: unknown) => this.fault(error, "taking a snapshot"));
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
    if (signal.kind === "close") this.reconciler.onMasterClosed(signal);
    this.deps.observer?.decided?.(signal, rows);
  }

  #resolved: ConstructorParameters<typeof LaneService>[0]["resolved"] = (instruction, outcome) => {
    const account = this.accounts.get(instruction.account.accountId);
    if (account === undefined) return;
    this.reconciler.onOutcome(account, instruction, outcome);
    this.deps.observer?.resolved?.(instruction, outcome);
    this.followers.pump(account);
  };

  #saveCopied: ConstructorParameters<typeof ReconcileService>[0]["changed"] = (account, copied) => {
    const fence = this.deps.leases.fence(account.partition);
    if (fence === null) return this.stale([account.partition]);
    const rows = copied.map((one) => ({ partition: account.partition, fence, copied: one }));
    void this.deps.activity
      .during(() => this.deps.stores.follower.saveCopied(account.account.tenantId, rows))
      .catch((error: unknown) => {
        this.fault(error, "saving copied positions");
        this.stale([account.partition]);
      });
  };

  fault(error: unknown, doing: string): void {
    this.deps.log.error({ error }, `fault while ${doing}`);
  }

  async #loop(work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await systemTimers.sleep(this.deps.turnMs ?? TURN_MS, signal);
        await work();
      } catch (error) {
        if (!signal.aborted) this.fault(error, "keeping the hub running");
      }
    }
  }
}
