/**
 * A process's own connections to the two brokers: the simulator's gateway, reached through the
 * process, with a stream that loses, doubles and swaps events. What kind of broker answers decides
 * what of an instruction it looks at.
 */
import type { AccountRef } from "../../domain/account.ts";
import type { Instruction } from "../../domain/instruction.ts";
import type { Deal } from "../../domain/trade.ts";
import type { Gateway, GatewayEvent } from "../../gateway/gateway.ts";
import { CALM, type Fate } from "../../gateway/simulator/faults.ts";
import { SimulatorGateway, type SimulatorOptions } from "../../gateway/simulator/gateway.ts";
import type { EventHeap } from "./event-heap.ts";
import type { SimulatedProcess } from "./process.ts";
import type { BrokerKind, Scenario } from "./scenario.ts";

export type ConnectionDeps = {
  readonly heap: EventHeap;
  readonly scenario: Scenario;
  readonly process: SimulatedProcess;
  /** Whether faults still happen. */
  isStorm(): boolean;
  /** Told of each order at the instant at which a process hands it over, awake or not. */
  asked(instruction: Instruction): void;
  /** Told of each order that left for the broker. */
  handed(instruction: Instruction): void;
};

const REJECTIONS = [10004, 10006, 10018, 10019, 10021, 10031];

/** Drawn anew for each order. */
function fateOf({ heap, scenario, isStorm }: ConnectionDeps): Fate {
  const { orders } = scenario;
  const latency = (): number => heap.between(0, orders.latencyMs);
  if (!isStorm()) return { ...CALM, requestMs: latency(), replyMs: latency() };
  const slow = (): number => (heap.chance(orders.slowPpm) ? heap.between(0, orders.slowMs) : 0);
  const isRequestLost = heap.chance(orders.lostRequestPpm);
  const isReplyLost = heap.chance(orders.lostReplyPpm);
  return {
    requestMs: latency() + slow(),
    replyMs: latency() + slow(),
    lost: isRequestLost ? "request" : isReplyLost ? "reply" : null,
    rejectWith: heap.chance(orders.rejectPpm) ? heap.pick(REJECTIONS) : null,
    fillPpm: heap.chance(orders.partialPpm) ? heap.between(1, 999_999) : null,
  };
}

export class Connection {
  readonly simulator: SimulatorGateway;
  readonly gateway: Gateway;
  readonly #deps: ConnectionDeps;
  readonly #kind: BrokerKind;

  constructor(options: SimulatorOptions, kind: BrokerKind, deps: ConnectionDeps) {
    this.#deps = deps;
    this.#kind = kind;
    this.simulator = new SimulatorGateway({
      ...options,
      // Drawn only for what leaves: an account that is not connected is told before.
      fates: (instruction) => {
        deps.handed(instruction);
        return fateOf(deps);
      },
    });
    this.gateway = this.#through();
  }

  #through(): Gateway {
    const { simulator } = this;
    const { process } = this.#deps;
    const checksFences = this.#kind === "journal";
    return {
      kind: "simulation",
      capabilities: (account) => ({ ...simulator.capabilities(account), checksFences }),
      start: (sink, signal) => simulator.start((event) => this.#pass(event, sink), signal),
      accounts: () => process.call(() => simulator.accounts()),
      snapshot: (account) => process.call(() => this.#slowly(() => this.#snapshot(account))),
      symbols: (account) => process.call(() => simulator.symbols(account)),
      execute: (instruction) => {
        if (process.isAlive) this.#deps.asked(instruction);
        return process.call(() => this.#execute(instruction));
      },
      lookup: (account, key, fence) =>
        process.call(() =>
          this.#slowly(() => simulator.lookup(account, key, checksFences ? fence : undefined)),
        ),
      deals: (account, from, to) => this.#deals(account, from, to),
      // Nobody pays here, and no chance is drawn for asking.
      cash: (account, from, to) => simulator.cash(account, from, to),
      quote: (account, symbol) => process.call(() => simulator.quote(account, symbol)),
      serverClock: () => process.call(() => simulator.serverClock()),
    };
  }

  /** Now and then a terminal that is just starting shows nothing of what stands. */
  async #snapshot(account: AccountRef): ReturnType<Gateway["snapshot"]> {
    const { heap, isStorm, scenario } = this.#deps;
    const read = await this.simulator.snapshot(account);
    const isMaster = this.#kind === "journal" && account.login === "master";
    if (!isMaster || scenario.emptyPpm === 0 || !isStorm()) return read;
    return heap.chance(scenario.emptyPpm) ? { ...read, positions: [] } : read;
  }

  #execute(instruction: Instruction): ReturnType<Gateway["execute"]> {
    // Who checks no fences does not know how long an order may take either.
    const plain = this.#kind === "journal" ? {} : { fence: 1, validUntil: null };
    return this.simulator.execute({ ...instruction, ...plain });
  }

  /** Asked now, answered a moment later: what happens meanwhile the answer does not know. */
  async #slowly<T>(ask: () => Promise<T>): Promise<T> {
    const { heap, isStorm, scenario } = this.#deps;
    const most = isStorm() ? scenario.orders.latencyMs : 2;
    await pause(heap, heap.between(0, most));
    const answer = await ask();
    await pause(heap, heap.between(0, most));
    return answer;
  }

  async *#deals(account: AccountRef, from: number, to: number): AsyncIterable<Deal> {
    const { process } = this.#deps;
    const list = await process.call(() =>
      this.#slowly(async () => {
        const deals: Deal[] = [];
        for await (const deal of this.simulator.deals(account, from, to)) deals.push(deal);
        return deals;
      }),
    );
    yield* list;
  }

  #held: GatewayEvent | null = null;

  #pass(event: GatewayEvent, sink: (event: GatewayEvent) => void): void {
    const { heap, process, isStorm, scenario } = this.#deps;
    const tell = (one: GatewayEvent): void => process.deliver(() => sink(one));
    const { events } = scenario;
    const isDisturbed = event.type === "event" && isStorm();
    const held = this.#held;
    this.#held = null;
    if (isDisturbed && heap.chance(events.swapPpm)) this.#held = event;
    else if (!isDisturbed || !heap.chance(events.lostPpm)) tell(event);
    if (isDisturbed && heap.chance(events.twicePpm)) tell(event);
    if (held !== null) tell(held);
  }
}

const pause = (heap: EventHeap, ms: number): Promise<void> =>
  new Promise((resolve) => {
    heap.after(ms, resolve);
  });
