/**
 * The demo as a whole: brokers that stand where they stood, a market that moves, masters that
 * trade. To the hub it is nothing but gateways and an enrolment.
 */

import type { Gateway } from "../gateway/gateway.ts";
import type { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import { type Sandbox, sandboxOf } from "../gateway/simulator/sandbox.ts";
import { accountRefOf } from "../hub/enrol.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import { gatewaysTo, type OpenBroker, openBrokers } from "./brokers.ts";
import { byHand, payByHand } from "./by-hand.ts";
import { DEMO_BROKERS, DEMO_FOLLOWERS, DEMO_TENANT, type DemoAccount } from "./definition.ts";
import { Hands } from "./hands.ts";
import type { DemoHome } from "./home.ts";
import { DemoMarket, TICK_MS } from "./market.ts";
import { TROUBLES, Trouble, type TroubleKind } from "./trouble.ts";

export type DemoOptions = {
  readonly home: DemoHome;
  readonly seed: number;
  readonly clock: Clock;
  readonly timers: Timers;
  fault(error: unknown, doing: string): void;
};

const SAVE_EVERY_TICKS = 8;
const CUT_MS = 60_000;

const isCopy = ({ key }: { readonly key: string | null }): boolean => key !== null;

export class Demo {
  readonly #options: DemoOptions;
  readonly #market: DemoMarket;
  readonly #trouble = new Trouble();
  readonly #hands: Hands;
  readonly #brokers: readonly OpenBroker[];
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
    this.#brokers = brokers;
    this.#gateways = gatewaysTo(brokers, { ...options, trouble: this.#trouble });
    this.#market = new DemoMarket({ brokers, seed, at: clock.now(), from: home.prices() });
    this.#market.tick(clock.now());
    this.#hands = new Hands(brokers, clock);
  }

  get gateways(): ReadonlyMap<string, Gateway> {
    return this.#gateways;
  }

  /** Where more accounts can be opened. */
  get openings() {
    const brokers = this.#brokers.map(({ terms, broker }) => ({ name: terms.name, broker }));
    return { brokers, gateways: this.#gateways };
  }

  get sandbox(): Sandbox {
    return sandboxOf(
      this.#brokers.map(({ broker }) => broker),
      this.#gateways,
    );
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
    this.#hands.open();
    this.#market.open(this.#options.clock.now());
  }

  /** Whether a follower has traded: the first copies are there to be seen. */
  get hasCopied(): boolean {
    return DEMO_FOLLOWERS.some(({ login, broker: name }) => {
      const open = this.#brokers.find(({ terms }) => terms.name === name);
      return (open?.broker.deals(login, 0, Number.MAX_SAFE_INTEGER) ?? []).some(isCopy);
    });
  }

  /** Breaks something, as a visitor asks, and says what. */
  trouble(kind: TroubleKind): string {
    const follower = DEMO_FOLLOWERS.find(({ offline }) => offline !== true);
    const open = this.#brokers.find(({ terms }) => terms.name === follower?.broker);
    if (follower === undefined || open === undefined)
      return "There is nobody to break anything for.";
    if (kind === "disconnect") void this.#cutFor(follower);
    else if (kind === "close" || kind === "orphan") return byHand(kind, follower, open);
    else if (kind === "deposit" || kind === "withdrawal") return payByHand(kind, follower, open);
    else this.#trouble.begin(kind, this.#options.clock.now());
    return `${TROUBLES[kind].words} Look at what follows here.`;
  }

  async #cutFor(follower: DemoAccount): Promise<void> {
    const { timers } = this.#options;
    const account = accountRefOf(DEMO_TENANT, follower);
    const gateway = this.#gateways.get(account.brokerId);
    gateway?.setLink(account, false);
    await timers.sleep(CUT_MS, this.#stopping.signal).catch(() => {});
    gateway?.setLink(account, true);
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
        this.#hands.tick();
        if (ticks % SAVE_EVERY_TICKS === 0) home.savePrices(this.#market.prices);
      } catch (error) {
        fault(error, "moving the demo's market");
      }
      await timers.sleep(TICK_MS, signal).catch(() => {});
    }
  }
}
