/**
 * Two followers with hands of their own: one keeps closing copies, so that there is always a
 * difference to look at; one traded gold all morning, and stands close to its daily loss.
 */
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { SimulatedBroker } from "../gateway/simulator/broker.ts";
import { nameAt } from "../gateway/simulator/symbols.ts";
import type { Clock } from "../platform/clock.ts";
import type { OpenBroker } from "./brokers.ts";
import { byHand } from "./by-hand.ts";
import type { DemoAccount } from "./definition.ts";
import { DIVERGING, NEAR_LIMIT } from "./more-followers.ts";

const CLOSES_EVERY_MS = 90_000;
const DAY_MS = 86_400_000;
const GOLD_LOTS = parseFixed("6");
const ROUNDS_MAX = 12;
/** Of a thousand: short of the limit of forty, and past the thirty at which it alerts. */
const LOSES_PER_MILLE = 33n;

export class Hands {
  readonly #brokers: readonly OpenBroker[];
  readonly #clock: Clock;
  #nextCloseAt: Instant = Number.POSITIVE_INFINITY;

  constructor(brokers: readonly OpenBroker[], clock: Clock) {
    this.#brokers = brokers;
    this.#clock = clock;
  }

  /** The hub is ready and has seen how the day began. */
  open(): void {
    const now = this.#clock.now();
    this.#nextCloseAt = now;
    const open = this.#openOf(NEAR_LIMIT);
    if (open === undefined) return;
    const deals = open.broker.deals(NEAR_LIMIT.login, now - (now % DAY_MS), now);
    if (deals.some(({ key }) => key === null)) return;
    overtrade(open, NEAR_LIMIT);
  }

  tick(): void {
    const now = this.#clock.now();
    const open = this.#openOf(DIVERGING);
    if (now < this.#nextCloseAt || open === undefined) return;
    if (open.broker.snapshot(DIVERGING.login).positions.length === 0) return;
    this.#nextCloseAt = now + CLOSES_EVERY_MS;
    byHand("close", DIVERGING, open);
  }

  #openOf(account: DemoAccount): OpenBroker | undefined {
    return this.#brokers.find(({ terms }) => terms.name === account.broker);
  }
}

/** In and out of gold, paying the spread each time. */
function overtrade({ terms, broker }: OpenBroker, { login }: DemoAccount): void {
  const symbol = nameAt("XAUUSD", terms.names);
  const before = equityOf(broker, login);
  const order = { symbol, side: "buy", stopLoss: null, takeProfit: null } as const;
  const marks = { magic: 0, comment: "by hand" };
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const lost = before - equityOf(broker, login);
    if (lost * 1_000n >= before * LOSES_PER_MILLE) return;
    const opened = broker.trade(login, {
      ...{ kind: "open", volume: GOLD_LOTS, positionId: null, ...order },
      ...marks,
    });
    const positionId = opened.positionId;
    if (positionId === null) return;
    broker.trade(login, { ...order, ...marks, kind: "close", volume: null, positionId });
  }
}

const equityOf = (broker: SimulatedBroker, login: string): Fixed =>
  broker.snapshot(login).figures.equity;
