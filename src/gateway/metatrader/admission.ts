/**
 * Who is let in, and when: proven terminals are admitted at a steady rate in the order in which
 * they came, so that a thousand at once do not make the hub read a thousand accounts at once; those
 * whose account has something to close go before all others.
 * Invariant: at most `waitingMax` wait; who comes after that is told to come back.
 */
import type { Timers } from "../../platform/clock.ts";
import { Refusal } from "./refusals.ts";

export type AdmissionLimits = { readonly perSecond: number; readonly waitingMax: number };

const TURN_MS = 10;

export class Admission {
  readonly #timers: Timers;
  readonly #perTurn: number;
  readonly #waitingMax: number;
  #left: number;
  #waiting: (() => void)[] = [];
  #urgent: (() => void)[] = [];
  #turning = false;

  constructor(timers: Timers, { perSecond, waitingMax }: AdmissionLimits) {
    this.#timers = timers;
    this.#perTurn = Math.max(1, Math.round((perSecond * TURN_MS) / 1_000));
    this.#left = this.#perTurn;
    this.#waitingMax = waitingMax;
  }

  get waiting(): number {
    return this.#waiting.length + this.#urgent.length;
  }

  /** Resolves when it is this one's turn. Throws BUSY. */
  async turn(urgent = false): Promise<void> {
    if (this.#left > 0 && this.waiting === 0) {
      this.#left -= 1;
      void this.#turns();
      return;
    }
    if (this.waiting >= this.#waitingMax) throw new Refusal("BUSY");
    await new Promise<void>((resolve) => {
      (urgent ? this.#urgent : this.#waiting).push(resolve);
      void this.#turns();
    });
  }

  async #turns(): Promise<void> {
    if (this.#turning) return;
    this.#turning = true;
    do {
      await this.#timers.sleep(TURN_MS);
      const admitted = this.#urgent.splice(0, this.#perTurn);
      admitted.push(...this.#waiting.splice(0, this.#perTurn - admitted.length));
      this.#left = this.#perTurn - admitted.length;
      for (const admit of admitted) admit();
    } while (this.waiting > 0);
    this.#left = this.#perTurn;
    this.#turning = false;
  }
}
