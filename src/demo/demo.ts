/**
 * The demo as a whole: brokers that stand where they stood, a market that moves, masters that
 * trade. To the hub it is nothing but gateways and an enrolment.
 */
import type { Gateway } from "../gateway/gateway.ts";
import type { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { accountRefOf } from "../hub/enrol.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import { gatewaysTo, openBrokers } from "./brokers.ts";
import { DEMO_BROKERS, DEMO_FOLLOWERS, DEMO_TENANT } from "./definition.ts";
import type { DemoHome } from "./home.ts";
import { DemoMarket, TICK_MS } from "./market.ts";

export type DemoOptions = {
  readonly home: DemoHome;
  readonly seed: number;
  readonly clock: Clock;
  readonly timers: Timers;
  fault(error: unknown, doing: string): void;
};

const SAVE_EVERY_TICKS = 8;

export class Demo {
  readonly #options: DemoOptions;
  readonly #market: DemoMarket;
  readonly #gateways: ReadonlyMap<string, SimulatorGateway>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  /** Opens brokers and accounts and brings the first quotes. BAD_MESSAGE for a log that is broken. */
  constructor(options: DemoOptions) {
    this.#options = options;
    const { home, seed, clock } = options;
    const brokers = openBrokers({
      clock,
      log: (file) => {
        const log = home.log(file);
        return { log, history: log.history.records };
      },
    });
    this.#gateways = gatewaysTo(brokers, options);
    this.#market = new DemoMarket({ brokers, seed, at: clock.now(), from: home.prices() });
    this.#market.tick(clock.now());
  }

  get gateways(): ReadonlyMap<string, Gateway> {
    return this.#gateways;
  }

  /** Logs that have grown so large that the next start will take longer. */
  get largeLogs(): ReturnType<DemoHome["largeLogs"]> {
    return this.#options.home.largeLogs(DEMO_BROKERS.map(({ file }) => file));
  }

  /** Quotes from now on. */
  start(): void {
    this.#running = this.#run();
  }

  /** The hub is ready: cuts the link of who is offline, and lets the masters trade. */
  open(): void {
    for (const follower of DEMO_FOLLOWERS) {
      if (follower.offline !== true) continue;
      const account = accountRefOf(DEMO_TENANT, follower);
      this.#gateways.get(account.brokerId)?.setLink(account, false);
    }
    this.#market.open(this.#options.clock.now());
  }

  /** The market stands still and nobody trades: what is under way can end. */
  async halt(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#options.home.savePrices(this.#market.prices);
  }

  /** Closes the logs; nothing may be executed any more. */
  close(): void {
    this.#options.home.close();
  }

  async #run(): Promise<void> {
    const { clock, timers, home, fault } = this.#options;
    const { signal } = this.#stopping;
    for (let ticks = 1; !signal.aborted; ticks += 1) {
      try {
        this.#market.tick(clock.now());
        if (ticks % SAVE_EVERY_TICKS === 0) home.savePrices(this.#market.prices);
      } catch (error) {
        fault(error, "moving the demo's market");
      }
      await timers.sleep(TICK_MS, signal).catch(() => {});
    }
  }
}
