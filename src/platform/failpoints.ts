/**
 * The numbered dangerous lines of the order path, in the order a trade meets them. A test build
 * can end, freeze or fail the process at any of them; in production they do nothing.
 */
export const FAILPOINTS = {
  MASTER_EVENT: 1, // a master's event has arrived, nothing is written
  SIGNAL_COMMITTED: 2, // signal and outbox row are durable, nothing is started
  DOORBELL_RUNG: 3, // the doorbell is in the queue, the outbox row is not yet cleared
  FOLLOWER_PLANNED: 4, // decisions are made in memory, nothing is written
  CHUNK_COMMITTED: 5, // decisions and instructions are durable, nothing is sent
  BEFORE_EXECUTE: 6, // about to hand an instruction to the gateway
  AFTER_EXECUTE: 7, // the gateway has answered, the outcome is not written
  OUTCOME_COMMITTED: 8, // the outcome is durable, memory is not yet told
} as const;

export type Failpoint = keyof typeof FAILPOINTS;

/** Called at each failpoint; may throw, never return, or end the process. */
export type Failpoints = (point: Failpoint) => void;

export const noFailpoints: Failpoints = () => {};
