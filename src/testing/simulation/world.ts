/**
 * One run of a seed: hubs as they are, over a ledger, a queue and brokers that the heap drives; a
 * storm of faults, then calm until everything has ended, or the time for that is over.
 */
import { createHash } from "node:crypto";
import type { Instruction } from "../../domain/instruction.ts";
import { Hub } from "../../hub/hub.ts";
import { Activity } from "../../platform/activity.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Doorbells } from "../../platform/doorbells.ts";
import type { Failpoints } from "../../platform/failpoints.ts";
import { Leases } from "../../platform/leases.ts";
import { allProtections, type Protections } from "../../platform/protections.ts";
import { breachesOf } from "./breaches.ts";
import { Connection } from "./connection.ts";
import { EventHeap } from "./event-heap.ts";
import { MemoryLedger } from "./ledger.ts";
import { memoryLeases, memoryStores } from "./ledger-stores.ts";
import { type Market, openMarket, quoteAll } from "./market.ts";
import { CALM_NETWORK, overNetwork, SimulatedProcess } from "./process.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { play } from "./workload.ts";

const BEGAN_AT = Date.UTC(2026, 0, 5, 10);
/** Nothing may be left open this long after the faults have ended. */
const RECOVERY_MS = 90_000;
/** What has just ended may still be on its way to those who look. */
const LAST_LOOKS_MS = 10_000;
const LOOK_MS = 1_000;
/** Divergences are found by looking: so long after the storm, at the least. */
const CALM_MS_LEAST = 16_000;

type Life = {
  readonly slot: string;
  readonly process: SimulatedProcess;
  readonly hub: Hub;
  readonly connections: readonly Connection[];
};

export type WorldOptions = {
  /** Whether the ledger refuses what comes under an old fence. */
  readonly isFenced?: boolean;
  /** What is to be as told, whatever the seed drew. */
  readonly tune?: Partial<Scenario>;
};

export class SimulatedWorld {
  readonly heap: EventHeap;
  readonly scenario: Scenario;
  readonly market: Market;
  readonly ledger: MemoryLedger;
  /** When each key was handed to a broker, by any process. */
  readonly handed = new Map<string, number[]>();
  /** What was not as it must be at the instant at which an order was handed over. */
  readonly breaches: string[] = [];
  /** What the hubs reported, in words. */
  readonly faults: string[] = [];
  readonly #protections: Protections;
  readonly #lives = new Map<string, Life>();
  readonly #bells = new Map<string, () => void>();
  readonly began = BEGAN_AT;
  #life = 0;
  #isStorm = true;

  constructor(
    seed: number,
    protections: Protections = allProtections,
    { isFenced = true, tune = {} }: WorldOptions = {},
  ) {
    this.heap = new EventHeap(seed);
    this.scenario = { ...scenarioOf(this.heap), ...tune };
    this.#protections = protections;
    this.market = openMarket(this.scenario, this.clock);
    const { enrolled } = this.market;
    this.ledger = new MemoryLedger(enrolled, () => this.clock.now(), isFenced);
  }

  readonly clock: Clock = { now: () => BEGAN_AT + this.heap.now };

  get isQuiet(): boolean {
    const { ledger, market } = this;
    const ended = ["done", "partial", "rejected"];
    return (
      ledger.outbox.length === 0 &&
      ledger.decisions.size === ledger.signals.length * market.followers.length &&
      [...ledger.instructions.keys()].every((key) => ended.includes(ledger.stateOf(key)))
    );
  }

  async run(): Promise<void> {
    const { heap, scenario, market } = this;
    quoteAll(market, 0, this.clock.now());
    for (let index = 1; index <= scenario.processes; index += 1) this.#start(`p${index}`);
    play({ heap, scenario, market, now: () => this.clock.now() });
    this.#disturb();
    await heap.run(scenario.stormMs);
    this.#isStorm = false;
    const least = heap.now + CALM_MS_LEAST;
    const end = heap.now + RECOVERY_MS;
    while (heap.now < end && (heap.now < least || !this.isQuiet)) {
      quoteAll(market, 0, this.clock.now());
      await heap.run(heap.now + LOOK_MS);
    }
    await heap.run(heap.now + LAST_LOOKS_MS);
    for (const { process } of this.#lives.values()) process.kill();
  }

  /** Of everything that the ledger and the brokers have written. */
  get hash(): string {
    const { ledger, market, heap } = this;
    const rows = [
      [...ledger.decisions].map(([name, { at, row }]) => [name, at, row.decision.reason]),
      [...ledger.outcomes].map(([key, list]) =>
        list.map(({ number, status, code, at }) => [key, number, status, code, at]),
      ),
      [...ledger.divergences].map(([id, { cause, closed }]) => [id, cause, closed]),
      ledger.fenceHistory,
      heap.events,
    ];
    const text = JSON.stringify(rows) + market.logs.alpha.text() + market.logs.beta.text();
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
  }

  #start(slot: string): void {
    const { heap, scenario, market } = this;
    this.#life += 1;
    const process = new SimulatedProcess(heap, () =>
      this.#isStorm ? scenario.network : CALM_NETWORK,
    );
    const connections = this.#connect(process);
    const [alpha, beta] = connections;
    const gateways = new Map([
      [market.alpha.brokerId, alpha.gateway],
      [market.beta.brokerId, beta.gateway],
    ]);
    const leases = new Leases({
      store: overNetwork(memoryLeases(this.ledger), process),
      owner: `${slot}.${this.#life}`,
      slot,
      monotonicMs: () => heap.now,
      deadline: this.#protections("local-deadline"),
    });
    const hub = new Hub({
      ...{ slot, leases, gateways },
      stores: this.#stores(process),
      doorbells: this.#doorbells(process),
      clock: this.clock,
      timers: process.timers,
      wall: process.timers,
      monotonicMs: () => heap.now,
      activity: new Activity(),
      failpoints: this.#failpoints(process, slot),
      protections: this.#protections,
      reconcileMs: scenario.reconcileMs,
      log: {
        info: () => {},
        error: ({ error }, words) =>
          void this.faults.push(`${words}: ${error instanceof Error ? error.stack : error}`),
      },
    });
    this.#lives.set(slot, { slot, process, hub, connections });
    hub.start().catch((error: unknown) => {
      // A process whose start fails ends, and is started again by whatever keeps it running.
      this.faults.push(`starting ${slot}: ${error}`);
      if (process.isAlive) this.#kill(slot, process);
    });
  }

  #stores(process: SimulatedProcess): Hub["deps"]["stores"] {
    const stores = memoryStores(this.ledger);
    const { alongside } = stores.follower;
    const far = Object.entries(stores).map(([name, store]) => [name, overNetwork(store, process)]);
    const all = Object.fromEntries(far) as typeof stores;
    const writeDecisions: typeof stores.follower.writeDecisions = (signal, rows) =>
      all.follower.writeDecisions(signal, rows);
    return { ...all, follower: { writeDecisions, alongside } } as typeof stores;
  }

  #connect(process: SimulatedProcess): [Connection, Connection] {
    const { heap, scenario, market, clock } = this;
    const deps = {
      ...{ heap, scenario, process },
      isStorm: () => this.#isStorm,
      asked: (instruction: Instruction) =>
        void this.breaches.push(...breachesOf(instruction, this.ledger)),
      handed: ({ key }: Instruction) =>
        void this.handed.set(key, [...(this.handed.get(key) ?? []), heap.now]),
    };
    const timers = {
      sleep: (ms: number): Promise<void> => new Promise((resolve) => heap.after(ms, resolve)),
    };
    const { historyLagMs, inFlightMax, quarantineMs } = scenario;
    const shared = { clock, timers, inFlightMax, quarantineMs };
    const { alpha: broker, master, beta, followers } = market;
    return [
      new Connection({ ...shared, broker, accounts: [master] }, "journal", deps),
      new Connection(
        { ...shared, broker: beta, accounts: followers, historyLagMs },
        scenario.broker,
        deps,
      ),
    ];
  }

  #doorbells(process: SimulatedProcess): Doorbells {
    const { heap, scenario } = this;
    return {
      footing: "redis",
      ring: (slot) =>
        process.ask(async () => {
          const isStorm = this.#isStorm;
          if (isStorm && heap.chance(scenario.bells.lostPpm)) return;
          this.#bells.get(slot)?.();
          if (isStorm && heap.chance(scenario.bells.twicePpm)) this.#bells.get(slot)?.();
        }),
      listen: async (slot, answer) => {
        this.#bells.set(slot, () => process.deliver(answer));
        return async () => {};
      },
      depth: async () => 0,
      close: async () => {},
    };
  }

  #failpoints(process: SimulatedProcess, slot: string): Failpoints {
    const { heap, scenario } = this;
    return () => {
      if (!this.#isStorm || !process.isAlive || !heap.chance(scenario.failpointPpm)) return;
      if (heap.chance(500_000)) this.#kill(slot, process);
      else process.freeze(heap.between(50, scenario.freezeMsMax));
    };
  }

  #kill(slot: string, process: SimulatedProcess): void {
    process.kill();
    this.#bells.delete(slot);
    this.heap.after(this.heap.between(50, 4_000), () => this.#start(slot));
  }

  #disturb(): void {
    const { heap, scenario } = this;
    const sometime = (): number => heap.between(500, scenario.stormMs - 200);
    const some = (count: number, act: (life: Life) => void): void => {
      for (let index = 0; index < count; index += 1) {
        heap.after(sometime(), () => {
          const life = heap.pick([...this.#lives.values()]);
          if (life.process.isAlive) act(life);
        });
      }
    };
    some(scenario.kills, ({ slot, process }) => this.#kill(slot, process));
    some(scenario.freezes, ({ process }) => process.freeze(heap.between(50, scenario.freezeMsMax)));
    some(scenario.linkBreaks, (life) => this.#breakLink(life));
    if (scenario.killSwitchMs !== null) heap.after(scenario.killSwitchMs, () => this.#engage());
  }

  #breakLink({ connections }: Life): void {
    const { heap, market, scenario } = this;
    const account = heap.pick([market.master, ...market.followers]);
    const connection = connections[account === market.master ? 0 : 1];
    const left = scenario.stormMs - heap.now;
    connection?.simulator.setLink(account, false);
    heap.after(Math.min(left, heap.between(50, 3_000)), () =>
      connection?.simulator.setLink(account, true),
    );
  }

  #engage(): void {
    const { tenantId } = this.ledger.enrolled;
    this.ledger.kills.push({
      ...{ killId: 1, scope: "tenant", scopeId: tenantId },
      ...{ closeAll: this.heap.chance(300_000), afterSnapshot: false },
    });
  }
}
