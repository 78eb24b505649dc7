/** The bytes of the events stream (text/event-stream), made once for all viewers. */
import type { Patch } from "./view/row.ts";

const encoder = new TextEncoder();

/** snapshot: the whole page; patch: what changed since the event before. */
export type StreamEvent = "snapshot" | "patch";

/** A browser that lost the stream comes back after this long. */
const RETRY_MS = 2_000;

export const GREETING: Uint8Array = encoder.encode(`retry: ${RETRY_MS}\n\n`);
export const HEARTBEAT: Uint8Array = encoder.encode(": still here\n\n");

export function frame(event: StreamEvent, sequence: number, patch: Patch): Uint8Array {
  return encoder.encode(`id: ${sequence}\nevent: ${event}\ndata: ${JSON.stringify(patch)}\n\n`);
}
