/**
 * Plays ticks and a script through the real pipeline on simulated time. At one instant: ticks, then
 * what they make the brokers do, then script rows; each signal is drained before the next row, and
 * the clock moves only when nothing is in flight but what waits for it.
 */
import type { Instant } from "../domain/instant.ts";
import type { PriceQuote } from "../gateway/simulator/model.ts";
import { TickCursor } from "../gateway/simulator/tick-cursor.ts";
import type { TickSeries } from "../gateway/simulator/tick-file.ts";
import type { Activity } from "../platform/activity.ts";
import { MasterHand, type PositionNames } from "./master-hand.ts";
import type { ScriptRow } from "./script.ts";
import type { SimulatedTime } from "./simulated-time.ts";
import type { ReplayWorld } from "./world.ts";

/** What sleeps after the last tick and row may go on for this long; closes go on for ever. */
const AFTER_END_MS = 3_600_000;

export type DriverInput = {
  readonly world: ReplayWorld;
  readonly time: SimulatedTime;
  readonly activity: Activity;
  readonly ticks: readonly TickSeries[];
  readonly script: readonly ScriptRow[];
  readonly scriptFile: string;
  progress(at: Instant): void;
};

export class Driver {
  readonly #input: DriverInput;
  readonly #cursor: TickCursor;
  readonly #hand: MasterHand;
  #row = 0;

  constructor(input: DriverInput) {
    this.#input = input;
    this.#cursor = new TickCursor(input.ticks);
    this.#hand = new MasterHand(input.world.master.broker, input.scriptFile);
  }

  get names(): PositionNames {
    return this.#hand.names;
  }

  async run(): Promise<void> {
    const { time, script } = this.#input;
    for (;;) {
      const tickAt = this.#cursor.nextAt;
      const rowAt = script[this.#row]?.at ?? Number.POSITIVE_INFINITY;
      const at = Math.min(tickAt, rowAt);
      // Whatever sleeps wakes before the quotes of its instant: it was sent before them.
      if (time.nextAt < at) {
        if (at === Number.POSITIVE_INFINITY) break;
        time.wakeNext();
        await this.#drain();
        continue;
      }
      if (at === Number.POSITIVE_INFINITY) break;
      time.moveTo(at);
      if (tickAt === at && this.#tick(at)) await this.#drain();
      if (rowAt === at) await this.#scriptRow();
    }
    await this.#wakeTheRest();
  }

  async #wakeTheRest(): Promise<void> {
    const { time } = this.#input;
    const last = time.now() + AFTER_END_MS;
    while (time.nextAt <= last) {
      time.wakeNext();
      await this.#drain();
    }
    for (const { broker } of this.#input.world.brokers) broker.publish();
  }

  /** Quotes of one instant at every broker; true where they made something happen. */
  #tick(at: Instant): boolean {
    const { activity, world } = this.#input;
    this.#cursor.advance();
    const before = activity.count;
    for (const { broker, suffix } of world.brokers) {
      const quotes: PriceQuote[] = [];
      for (let index = 0; index < this.#cursor.count; index += 1) {
        quotes.push({
          symbol: this.#cursor.symbol(index) + suffix,
          bid: this.#cursor.bid(index),
          ask: this.#cursor.ask(index),
        });
      }
      broker.applyQuotes(quotes, at);
    }
    this.#input.progress(at);
    // An order that has filled opens: its copies are decided on the quotes that filled it.
    if (this.#hand.takeFilled()) for (const { broker } of world.brokers) broker.publish();
    return activity.count !== before;
  }

  async #scriptRow(): Promise<void> {
    const row = this.#input.script[this.#row];
    this.#row += 1;
    if (row === undefined) return;
    const { world } = this.#input;
    for (const { broker } of world.brokers) broker.publish();
    this.#hand.play(row);
    await this.#drain();
  }

  async #drain(): Promise<void> {
    const { activity, time } = this.#input;
    await activity.quiet(() => time.sleeping);
  }
}
