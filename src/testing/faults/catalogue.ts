/** All faults by name, and the rows of the table of faults that are looked at elsewhere. */
import type { Fault } from "./fault.ts";
import { brokers } from "./faults-of-brokers.ts";
import { processes } from "./faults-of-processes.ts";
import { ledger, redis } from "./faults-of-services.ts";

export const FAULTS: readonly Fault[] = [...processes, ...redis, ...ledger, ...brokers];

/** Rows of the table that no fault here reaches, each with where else it is looked at. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "5": "there is no billing yet",
  "12": "src/platform/doorbells.services.test.ts: bells have numbers of their own",
  "24": "src/gateway/metatrader: the newest epoch of a terminal wins",
  "31-32": "src/follower: symbol facts, volumes and prices by property tests",
  "36": "src/gateway/metatrader/lets-in-at-a-steady-rate.test.ts, `npm run bench -- terminals`",
  "39": "src/backup/an-old-backup-opens-nothing.services.test.ts",
  "40": "there is no billing yet",
};
