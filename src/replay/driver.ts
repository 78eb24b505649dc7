/**
 * Plays ticks and a script through the real pipeline on simulated time. At one instant: ticks, then
 * what they make the brokers do, then script rows; each signal is drained before the next row, and
 * the clock moves only when nothing is in flight but what waits for it.
 */
import type { Fixed } from "../domain/fixed.ts";
import { InputError } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { Position } from "../domain/trade.ts";
import type { OrderRequest, PriceQuote } from "../gateway/simulator/model.ts";
import { TickCursor } from "../gateway/simulator/tick-cursor.ts";
import type { TickSeries } from "../gateway/simulator/tick-file.ts";
import type { Activity } from "../platform/activity.ts";
import { MASTER_NAME } from "./followers.ts";
import type { ScriptRow, StopChange } from "./script.ts";
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

/** The script's names of the master's positions, by the broker's. */
export type PositionNames = ReadonlyMap<string, string>;

export class Driver {
  readonly #input: DriverInput;
  readonly #cursor: TickCursor;
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #row = 0;

  constructor(input: DriverInput) {
    this.#input = input;
    this.#cursor = new TickCursor(input.ticks);
  }

  get names(): PositionNames {
    return this.#names;
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
    return activity.count !== before;
  }

  async #scriptRow(): Promise<void> {
    const row = this.#input.script[this.#row];
    this.#row += 1;
    if (row === undefined) return;
    const { world } = this.#input;
    for (const { broker } of world.brokers) broker.publish();
    const outcome = world.master.broker.trade(MASTER_NAME, this.#order(row));
    if (outcome.status !== "done") throw this.#refused(row, outcome);
    if (row.action === "open" && outcome.positionId !== null) {
      this.#ids.set(row.position, outcome.positionId);
      this.#names.set(outcome.positionId, row.position);
    }
    await this.#drain();
  }

  #order(row: ScriptRow): OrderRequest {
    const { symbol, side } = row;
    const order = { symbol, side, magic: 0, comment: "", stopLoss: null, takeProfit: null };
    if (row.action === "open") {
      const { volume, stopLoss, takeProfit } = row;
      return { ...order, kind: "open", volume, positionId: null, stopLoss, takeProfit };
    }
    const position = this.#standing(row);
    const there = { ...order, positionId: position.id };
    if (row.action === "close") return { ...there, kind: "close", volume: position.volume };
    if (row.action === "reduce") return { ...there, kind: "close", volume: row.volume };
    return {
      ...there,
      kind: "protect",
      volume: null,
      stopLoss: changed(row.stopLoss, position.stopLoss),
      takeProfit: changed(row.takeProfit, position.takeProfit),
    };
  }

  /** The master's position of a row; its own stop or a stop-out may have ended it. */
  #standing(row: ScriptRow): Position {
    const id = this.#ids.get(row.position);
    const { positions } = this.#input.world.master.broker.snapshot(MASTER_NAME);
    const position = positions.find((one) => one.id === id);
    if (position !== undefined) return position;
    throw this.#fault(row, {
      wrong: `position ${row.position} is no longer open: a stop or a stop-out closed it`,
      found: row.action,
      expected: "no further row for this position",
    });
  }

  #refused(row: ScriptRow, outcome: Outcome): InputError {
    return this.#fault(row, {
      wrong: "the master's broker refuses the order",
      found: `${outcome.code ?? outcome.status} (${outcome.brokerCode ?? "no code"})`,
      expected: "an order that the account's margin, the symbol and the quote in force allow",
    });
  }

  #fault(row: ScriptRow, what: { wrong: string; found: string; expected: string }): InputError {
    return new InputError([{ file: this.#input.scriptFile, line: row.line, ...what }]);
  }

  async #drain(): Promise<void> {
    const { activity, time } = this.#input;
    await activity.quiet(() => time.sleeping);
  }
}

function changed(change: StopChange, now: Fixed | null): Fixed | null {
  return change === "unchanged" ? now : change;
}
