/** A whole hub whose one follower mirrors pending orders, and short words for what it then did. */
import { expect } from "vitest";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { PendingTerms } from "../domain/pending-order.ts";
import type { OrderRequest } from "../gateway/simulator/model.ts";
import type { Hub } from "../hub/hub.ts";
import { audit } from "./audit.ts";
import { createWorld, settled, type World, type WorldOptions } from "./harness.ts";
import type { Footing } from "./redis.ts";
import { openStage, type Stage } from "./stage.ts";

type Type = PendingTerms["type"];

export class MirrorStage {
  readonly #stage: Stage;
  world: World = createWorld({ followers: 1 });
  #hub: Hub | null = null;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  static async open(footing: Footing = "postgres"): Promise<MirrorStage> {
    return new MirrorStage(await openStage(footing));
  }

  async close(): Promise<void> {
    await this.#stage.close();
    expect(this.#stage.faults).toEqual([]);
  }

  async start(options: Partial<WorldOptions> = {}, rules: object = {}): Promise<void> {
    this.world = createWorld({ followers: 1, ...options });
    const guards = { maxDeviationPoints: null };
    await this.#stage.enrol(this.world, { pendingOrders: "mirror", guards, ...rules });
    this.#hub = await this.#stage.start(this.world);
    await this.settled();
  }

  /** The hub ends as a kill would, and another takes over. */
  async restart(between: () => void = () => {}): Promise<void> {
    await this.hub.stop({ release: false });
    between();
    this.#hub = await this.#stage.start(this.world, { slot: "b", gateways: this.world.connect() });
    const { accounts } = this.hub;
    while (accounts.size < 2 || [...accounts.values()].some(({ ready }) => !ready)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.settled();
  }

  get hub(): Hub {
    if (this.#hub === null) throw new Error("no hub was started");
    return this.#hub;
  }

  get login(): string {
    return this.world.followers[0]?.login ?? "";
  }

  settled(): Promise<void> {
    return settled(this.hub);
  }

  /** A pending order of the master. */
  async place(type: Type, price: string, more: Partial<OrderRequest> = {}): Promise<string> {
    const side = type.startsWith("buy") ? "buy" : "sell";
    const pending = { type, price: parseFixed(price), limitPrice: null, expiresAt: null };
    const { orderId } = this.world.trade({ kind: "place", side, pending, ...more });
    await this.settled();
    if (orderId === null) throw new Error("no order was placed");
    return orderId;
  }

  async change(orderId: string, type: Type, price: string): Promise<void> {
    const pending = { type, price: parseFixed(price), limitPrice: null, expiresAt: null };
    this.world.trade({ kind: "change", orderId, volume: null, pending });
    await this.settled();
  }

  async cancel(orderId: string): Promise<void> {
    this.world.trade({ kind: "cancel", orderId, volume: null });
    await this.settled();
  }

  /** Closes lots of the master's first position. */
  async closeMaster(volume: string): Promise<void> {
    const [position] = this.world.brokers.alpha.snapshot("master").positions;
    if (position === undefined) throw new Error("the master holds nothing");
    const { id: positionId, side } = position;
    this.world.trade({ kind: "close", side, positionId, volume: parseFixed(volume) });
    await this.settled();
  }

  /** Quotes of EURUSD at one broker alone, so that one side's order fires first. */
  async quote(broker: "alpha" | "beta", bid: string, ask: string): Promise<void> {
    this.quoteUnheard(broker, bid, ask);
    await this.settled();
  }

  quoteUnheard(broker: "alpha" | "beta", bid: string, ask: string): void {
    const symbol = broker === "alpha" ? "EURUSD" : "EURUSD.b";
    const price = { symbol, bid: parseFixed(bid), ask: parseFixed(ask) };
    this.world.brokers[broker].applyQuotes([price], Date.now());
    this.world.brokers[broker].publish();
  }

  /** An order of the follower's own hand. */
  byHand(order: Partial<OrderRequest>): string | null {
    const none = { positionId: null, stopLoss: null, takeProfit: null, magic: 0, comment: "" };
    const plain = { kind: "open", symbol: "EURUSD.b", side: "buy", volume: null } as const;
    return this.world.brokers.beta.trade(this.login, { ...plain, ...none, ...order }).orderId;
  }

  get orderId(): string {
    return this.world.brokers.beta.snapshot(this.login).orders[0]?.id ?? "";
  }

  /** What stands at the follower's broker: orders, then positions. */
  held(): string[] {
    const { orders, positions } = this.world.brokers.beta.snapshot(this.login);
    return [
      ...orders.map((one) => `${one.type} ${formatFixed(one.volume)} at ${formatFixed(one.price)}`),
      ...positions.map(({ side, volume }) => `${side} ${formatFixed(volume)}`),
    ];
  }

  /** Each signal's decision, in the order of the ledger. */
  told(): Promise<string[]> {
    return this.#said(`select concat_ws(' ', kind, decision, reason) as said
      from signals join decisions using (tenant_id, signal_id) order by sequence`);
  }

  instructed(): Promise<string[]> {
    return this.#said(`select concat_ws(' ', origin, kind, state, code) as said
      from instruction_states order by ledger_order`);
  }

  /** With what ended it, and what it has cost where that is over. */
  divergences(): Promise<string[]> {
    return this.#said(`select concat_ws(' ', cause, code, coalesce(resolution, 'open'),
      case when cause = 'EARLY_FILL' then trim_scale(cost) end) as said from divergences order by opened_at, cause`);
  }

  async clean(): Promise<void> {
    const { database } = this.#stage;
    expect(await audit(database.admin, this.world, this.world.records())).toEqual([]);
  }

  async #said(query: string): Promise<string[]> {
    const rows = await this.#stage.database.admin.unsafe<{ said: string }[]>(query);
    return rows.map(({ said }) => said);
  }
}
