/**
 * Writing under a fence: one call of a function of the ledger (migrations/0002_calls.sql), which is
 * a transaction of its own. It takes the partitions' shared locks and then checks lease and fence; a
 * take-over takes the same locks exclusively. So once a take-over has committed, nothing under the
 * old fence can ever land; and a process that freezes holds no lock, since nothing waits for it.
 */
import { LockstepError } from "../domain/errors.ts";
import { asDatabaseDown } from "./database-down.ts";
import type { Ask } from "./pipes.ts";

export const PARTITION_LOCK = 7301;

export type Fence = { readonly partition: number; readonly fence: number };

type Write = {
  readonly tenantId: string;
  /** Of every row: repeated as often as there are rows. */
  readonly fences: Iterable<Fence>;
  /** What the function takes after tenant, partitions and fences. */
  readonly args: readonly (string | number | null)[];
};

/** Writes all or nothing: FENCE_STALE where one partition is not held under its fence. */
export async function fenced(ask: Ask, name: string, write: Write): Promise<void> {
  const args = [write.tenantId, ...held(write.fences), ...write.args];
  try {
    await ask(callOf(name, args.length), args);
  } catch (error) {
    throw asStale(asDatabaseDown(error) ?? error);
  }
}

/** Each pair once, in the order in which a take-over locks. */
function held(fences: Iterable<Fence>): [partitions: string, fences: string] {
  const distinct = new Map<number, Fence>();
  for (const { partition, fence } of fences) {
    distinct.set(partition + fence * 64, { partition, fence });
  }
  const list = [...distinct.values()].sort((a, b) => a.partition - b.partition);
  return [
    `{${list.map(({ partition }) => partition).join(",")}}`,
    `{${list.map(({ fence }) => fence).join(",")}}`,
  ];
}

const calls = new Map<string, string>();

/** The same text each time, so that it is prepared once a connection. */
function callOf(name: string, count: number): string {
  let text = calls.get(name);
  if (text === undefined) {
    const places = Array.from({ length: count }, (_, index) => `$${index + 1}`);
    text = `select ${name}(${places.join(", ")})`;
    calls.set(name, text);
  }
  return text;
}

function asStale(cause: unknown): unknown {
  const stale = cause instanceof Error && "code" in cause && cause.code === "LS003";
  return stale ? new LockstepError("FENCE_STALE", { words: cause.message }, { cause }) : cause;
}
