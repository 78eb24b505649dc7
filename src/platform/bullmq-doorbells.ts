/**
 * Doorbells as BullMQ jobs: a queue per slot, a job per ring, nothing in the job. What differs
 * between the footings is how queues, workers and their connections are made: see Wiring.
 * Invariants: every ring ends within a bounded time, as rung or as QUEUE_DOWN; a finished or failed
 * bell is not kept; more than BELLS_MAX bells of one slot never wait, since one that waits says all
 * that a further one could; an error of a connection is told to `onError` and ends nothing.
 */
import { randomUUID } from "node:crypto";
import type { JobsOptions } from "bullmq";
import { LockstepError } from "../domain/errors.ts";
import { within } from "./deadline.ts";
import type { Doorbells } from "./doorbells.ts";

const RING_MS_MAX = 2_000;
const READY_MS_MAX = 5_000;
const CLOSE_MS_MAX = 2_000;
const BELLS_MAX = 200;
/** How many rings of a slot pass between two looks at how many bells wait there. */
const RINGS_PER_LOOK = 50;

type OnError = (error: Error) => void;

/** What is used of BullMQ's Queue and Worker: their types differ by footing. */
interface OpenQueue {
  add(name: string, data: object, options: JobsOptions): Promise<unknown>;
  getWaitingCount(): Promise<number>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: "error", listener: OnError): unknown;
}
interface OpenWorker {
  waitUntilReady(): Promise<unknown>;
  run(): Promise<unknown>;
  close(): Promise<void>;
  on(event: "error", listener: OnError): unknown;
}

export type Wiring = {
  readonly footing: Doorbells["footing"];
  queue(name: string): OpenQueue;
  /** A worker that does not run yet, and how to cut its connections where close() hangs. */
  worker(name: string, answer: () => Promise<void>): { worker: OpenWorker; cut(): Promise<void> };
  /** Ends what the queues share. */
  end(): Promise<void>;
};

/** Options of every worker, on either footing. */
export const WORKER_OPTIONS = {
  autorun: false,
  concurrency: 1,
  /** After an error of the connection; the default is 15 s. */
  runRetryDelay: 250,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
} as const;

type Slot = { queue: Promise<OpenQueue>; rings: number; full: boolean };

export function bullmqDoorbells(wiring: Wiring, onError: OnError): Doorbells {
  const slots = new Map<string, Slot>();
  const listeners = new Set<() => Promise<void>>();
  const process = randomUUID().slice(0, 8);
  let bells = 0;
  let closed = false;

  const slotOf = (name: string): Slot => {
    const known = slots.get(name);
    if (known !== undefined) return known;
    const slot = { queue: readyQueue(wiring.queue(name), onError), rings: 0, full: false };
    // A queue that never became ready stays so: the next ring makes another.
    slot.queue.catch(() => slots.delete(name));
    slots.set(name, slot);
    return slot;
  };

  const add = async (name: string): Promise<void> => {
    if (closed) throw new Error("the doorbells are closed");
    const slot = slotOf(name);
    const queue = await slot.queue;
    slot.rings += 1;
    if (slot.full || slot.rings % RINGS_PER_LOOK === 0) {
      slot.full = (await queue.getWaitingCount()) >= BELLS_MAX;
      if (slot.full) return;
    }
    bells += 1;
    const jobId = `bell-${process}-${bells}`;
    await queue.add("bell", {}, { jobId, removeOnComplete: true, removeOnFail: true });
  };

  return {
    footing: wiring.footing,
    ring: (slot) => bounded(slot, add(queueName(slot))),
    depth: (slot) =>
      bounded(
        slot,
        slotOf(queueName(slot)).queue.then((queue) => queue.getWaitingCount()),
      ),
    async listen(slot, answer) {
      const stop = await startWorker(wiring, queueName(slot), { answer, onError });
      listeners.add(stop);
      return async () => {
        listeners.delete(stop);
        await stop();
      };
    },
    async close() {
      closed = true;
      await Promise.all([...listeners].map((stop) => stop()));
      const queues = [...slots.values()].map(async ({ queue }) => (await queue).close());
      await quietly(Promise.allSettled(queues));
      await wiring.end();
    },
  };
}

function queueName(slot: string): string {
  return `lockstep-${slot}`;
}

async function readyQueue(queue: OpenQueue, onError: OnError): Promise<OpenQueue> {
  queue.on("error", onError);
  try {
    await within(READY_MS_MAX, queue.waitUntilReady(), () => new Error("not ready in time"));
    return queue;
  } catch (error) {
    await quietly(queue.close());
    throw error;
  }
}

type Hearing = { readonly answer: () => void; readonly onError: OnError };

async function startWorker(
  wiring: Wiring,
  name: string,
  { answer, onError }: Hearing,
): Promise<() => Promise<void>> {
  const { worker, cut } = wiring.worker(name, async () => answer());
  worker.on("error", onError);
  const stop = async (): Promise<void> => {
    const closed = worker.close();
    if (!(await quietly(closed))) await cut();
  };
  try {
    await within(READY_MS_MAX, worker.waitUntilReady(), () => new Error("not ready in time"));
  } catch (cause) {
    await cut();
    await quietly(worker.close());
    throw queueDown(name, cause);
  }
  worker.run().catch(onError);
  return stop;
}

async function bounded<T>(slot: string, act: Promise<T>): Promise<T> {
  try {
    return await within(RING_MS_MAX, act, () => new Error(`no answer in ${RING_MS_MAX} ms`));
  } catch (cause) {
    throw queueDown(slot, cause);
  }
}

function queueDown(slot: string, cause: unknown): LockstepError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LockstepError("QUEUE_DOWN", { slot, reason }, { cause });
}

/** Whether it ended well in the time that closing may take. */
async function quietly(closing: Promise<unknown>): Promise<boolean> {
  try {
    await within(CLOSE_MS_MAX, closing, () => new Error("not closed in time"));
    return true;
  } catch {
    return false;
  }
}
