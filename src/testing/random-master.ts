/** A master that trades by seed: opens, takes off, moves stops and closes, and now and then waits. */
import { parseFixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import { integerBetween, type Random } from "../platform/random.ts";
import type { World } from "./harness.ts";

const STEP = parseFixed("0.01");
const SYMBOLS = ["EURUSD", "NZDUSD"];
const POSITIONS_MAX = 4;

export class RandomMaster {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** One trade at the master's terminal. */
  step(): void {
    const { positions } = this.#world.brokers.alpha.snapshot(this.#world.master.login);
    const chosen = positions[this.#below(positions.length)];
    const choice = this.#random.next();
    if (chosen === undefined || (positions.length < POSITIONS_MAX && choice < 0.45)) {
      this.#open();
      return;
    }
    const { id: positionId, symbol, side, volume } = chosen;
    const there = { positionId, symbol, side, stopLoss: null, takeProfit: null };
    if (choice < 0.6) {
      const stopLoss = this.#stop(symbol, side);
      this.#world.trade({ ...there, kind: "protect", volume: null, stopLoss });
    } else if (choice < 0.8 && volume > 2n * STEP) {
      const part = (volume / STEP / 2n) * STEP;
      this.#world.trade({ ...there, kind: "close", volume: part });
    } else this.#world.trade({ ...there, kind: "close", volume });
  }

  closeAll(): void {
    const { positions } = this.#world.brokers.alpha.snapshot(this.#world.master.login);
    for (const { id: positionId, symbol, side, volume } of positions) {
      this.#world.trade({ kind: "close", positionId, symbol, side, volume });
    }
  }

  /** Milliseconds to the next trade: mostly none, so that trades meet unanswered ones. */
  pauseMs(): number {
    return this.#random.next() < 0.6 ? 0 : integerBetween(this.#random, 1, 30);
  }

  #open(): void {
    const symbol = SYMBOLS[this.#below(SYMBOLS.length)] ?? "EURUSD";
    const side = this.#random.next() < 0.5 ? "buy" : "sell";
    const volume = BigInt(integerBetween(this.#random, 2, 60)) * STEP;
    this.#world.trade({ symbol, side, volume });
  }

  #stop(symbol: string, side: Side): bigint {
    const bid = this.#world.brokers.alpha.quote(symbol)?.bid ?? parseFixed("1");
    const away = (bid / 100n) * BigInt(integerBetween(this.#random, 2, 5));
    const digits = parseFixed("0.00001");
    const price = side === "buy" ? bid - away : bid + away;
    return (price / digits) * digits;
  }

  #below(count: number): number {
    return count === 0 ? -1 : integerBetween(this.#random, 0, count - 1);
  }
}
