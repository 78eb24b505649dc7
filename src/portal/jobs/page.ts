/**
 * The jobs board, to be read only: which processes live, what they own, the bells that wait for each
 * on whichever queue there is, and what the ledger still has to do. A job says nothing beyond that
 * there is work, and a finished one is not kept: there is nothing in it to open, retry or delete.
 */
import { isLockstepError } from "../../domain/errors.ts";
import type { Sql } from "../../platform/postgres.ts";
import { type Backlog, type Process, readJobs } from "../../records/jobs.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { count, duration, NOTHING } from "../view/format.ts";

type Bells = {
  readonly footing: "postgres" | "redis";
  /** Bells that wait in a slot. QUEUE_DOWN. */
  depth(slot: string): Promise<number>;
};

type Check = {
  readonly name: string;
  readonly ok: boolean;
  readonly words: string;
  readonly help?: string;
};

export type JobsDeps = {
  readonly sql: () => Sql;
  /** Null until the queue is there. */
  readonly bells: () => Bells | null;
  readonly checks: () => Promise<readonly Check[]>;
};

const RELOAD_S = 5;
const FOOTINGS = { postgres: "BullMQ on Postgres", redis: "BullMQ on Redis" };

/** What each backlog is, and from which age on it is worth a look. */
const BACKLOGS: Readonly<Record<string, readonly [string, number]>> = {
  outbox: ["Signals of which other processes have not been told", 5],
  "orders queued": ["Orders that wait for their turn in a lane", 30],
  "orders sent": ["Orders at a broker, unanswered", 30],
  "orders working": ["Orders that a broker is working on", 60],
  "orders unknown": ["Orders whose outcome is being looked up", 10],
  webhooks: ["Deliveries that are due", 60],
};

export function addJobs(portal: Portal, deps: JobsDeps): void {
  portal.page("/jobs", "jobs:read", (asked) => jobsPage(asked, deps));
}

async function jobsPage({ principal }: Asked, deps: JobsDeps): Promise<PageAnswer> {
  const [{ processes, unowned, backlogs }, checks] = await Promise.all([
    readJobs(deps.sql(), principal.tenantId),
    deps.checks(),
  ]);
  const bells = deps.bells();
  return {
    page: "jobs",
    head: {
      title: "Jobs",
      lead: "What the hub has to do, and who does it. This page changes nothing.",
      styles: ["rooms.css", "wizard.css"],
      reloadSeconds: RELOAD_S,
    },
    view: {
      footing: bells === null ? NOTHING : FOOTINGS[bells.footing],
      unowned,
      processes: await Promise.all(processes.map((one) => processOf(one, bells))),
      backlogs: Object.keys(BACKLOGS).map((name) =>
        backlogOf(backlogs.find((one) => one.name === name) ?? { name, many: 0, oldest_s: 0 }),
      ),
      checks: checks.map(({ name, ok, words, help }) => ({
        ...{ name, tone: ok ? "done" : "rejected", help: help ?? "" },
        words,
      })),
    },
  };
}

async function processOf({ slot, partitions, seconds_left: left }: Process, bells: Bells | null) {
  return {
    slot,
    partitions: count(partitions),
    tone: left > 0 ? "done" : "rejected",
    state: left > 0 ? "alive" : `silent for ${duration(-left * 1_000)}`,
    bells: await bellsOf(slot, bells),
  };
}

async function bellsOf(slot: string, bells: Bells | null): Promise<string> {
  if (bells === null) return NOTHING;
  try {
    return count(await bells.depth(slot));
  } catch (error) {
    if (isLockstepError(error, "QUEUE_DOWN")) return "the queue is down";
    throw error;
  }
}

function backlogOf({ name, many, oldest_s: age }: Backlog) {
  const [words, worthALook] = BACKLOGS[name] ?? [name, 60];
  return {
    words,
    many: count(many),
    age: many === 0 ? NOTHING : duration(age * 1_000),
    tone: many > 0 && age > worthALook ? "partial" : "done",
    state: many > 0 && age > worthALook ? "look at it" : "as usual",
  };
}
