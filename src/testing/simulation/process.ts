/**
 * A process of the hub as the simulation sees it: what it asks goes out over a network that delays
 * and loses, and what comes back is delivered while it lives and is awake.
 * A kill is that nothing is ever delivered or sent again; what was on its way still arrives. A
 * freeze defers both: what it asks meanwhile is sent when it wakes, as by a process that was
 * stopped just before the call.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Timers } from "../../platform/clock.ts";
import type { EventHeap } from "./event-heap.ts";

/** Rates in millionths. */
export type Network = {
  readonly lostRequestPpm: number;
  readonly lostReplyPpm: number;
  readonly slowPpm: number;
  readonly slowMs: number;
};

export const CALM_NETWORK: Network = {
  lostRequestPpm: 0,
  lostReplyPpm: 0,
  slowPpm: 0,
  slowMs: 0,
};

/** What is asked of the ledger and never answered fails after this long. */
const TIMEOUT_MS = 800;

export class SimulatedProcess {
  readonly #heap: EventHeap;
  readonly #network: () => Network;
  #awakeAt = 0;
  isAlive = true;
  readonly timers: Timers;

  constructor(heap: EventHeap, network: () => Network) {
    this.#heap = heap;
    this.#network = network;
    this.timers = { sleep: (ms, signal) => this.#sleep(ms, signal) };
  }

  kill(): void {
    this.isAlive = false;
  }

  freeze(ms: number): void {
    this.#awakeAt = Math.max(this.#awakeAt, this.#heap.now + ms);
  }

  /** Now, or once it is awake; never where it was killed. */
  deliver(run: () => void): void {
    if (!this.isAlive) return;
    const ms = this.#awakeAt - this.#heap.now;
    if (ms > 0) this.#heap.after(ms, () => this.deliver(run));
    else run();
  }

  /** A call that another part of the simulation answers in its own time. */
  call<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.deliver(() => {
        work().then(
          (value) => this.deliver(() => resolve(value)),
          (error: unknown) => this.deliver(() => reject(error)),
        );
      });
    });
  }

  /** A call over the network; what is lost fails as a database that cannot be reached does. */
  ask<T>(work: () => Promise<T>): Promise<T> {
    const heap = this.#heap;
    return new Promise((resolve, reject) => {
      const fail = (): void =>
        heap.after(TIMEOUT_MS, () => this.deliver(() => reject(databaseDown())));
      this.deliver(() => {
        const network = this.#network();
        if (heap.chance(network.lostRequestPpm)) return fail();
        heap.after(this.#latency(network), () => {
          const isLost = heap.chance(network.lostReplyPpm);
          const backMs = this.#latency(network);
          const back = (settle: () => void): void =>
            isLost ? fail() : heap.after(backMs, () => this.deliver(settle));
          work().then(
            (value) => back(() => resolve(value)),
            (error: unknown) => back(() => reject(error)),
          );
        });
      });
    });
  }

  #latency({ slowPpm, slowMs }: Network): number {
    return this.#heap.chance(slowPpm) ? this.#heap.between(1, slowMs) : this.#heap.between(0, 2);
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      signal?.addEventListener("abort", () => this.deliver(() => reject(signal.reason)), {
        once: true,
      });
      this.#heap.after(ms, () => this.deliver(resolve));
    });
  }
}

const databaseDown = (): LockstepError =>
  new LockstepError("DATABASE_DOWN", { cause: "simulated" });

/** Every method of it as a call over the process's network. */
export function overNetwork<T extends object>(store: T, process: SimulatedProcess): T {
  return new Proxy(store, {
    get: (target, name, self) => {
      const method: unknown = Reflect.get(target, name, self);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => process.ask(() => method.apply(target, args));
    },
  });
}
