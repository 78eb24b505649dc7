/**
 * Whether this process may be given work: each check by name, with what it found and, where it
 * fails, what to do. Pure: the facts come in.
 * Invariants: what was not asked, because what it needs is down, is not reported as well; a broker
 * that is away or slow is no fault of the process, a lane that has work and does nothing is.
 */
export type HealthCheck = {
  readonly name: string;
  readonly ok: boolean;
  /** The state it is in. */
  readonly words: string;
  /** What to do; absent where nothing is to be done. */
  readonly help?: string;
};

/** The answer of something outside, or why there was none. */
export type Asked<T> = { readonly value: T } | { readonly fault: string };

export type ReadyFacts = {
  readonly draining: boolean;
  readonly ledger: Asked<true>;
  /** The database's migration and the newest that this version knows. */
  readonly schema: Asked<{ readonly at: number; readonly needed: number }>;
  /** Bells that wait for this process. */
  readonly queue: Asked<number>;
  readonly queueFooting: "postgres" | "redis";
  readonly leases: {
    readonly held: number;
    /** Of these, how many have a deadline that has not passed. */
    readonly sure: number;
    /** Since the last turn that came through; null before the first. */
    readonly turnAgeMs: number | null;
  };
  /** Accounts with work that has not moved for long, though nothing keeps it from moving. */
  readonly stuck: readonly { readonly account: string; readonly ageMs: number }[];
};

export const QUEUE_DEPTH_MAX = 1_000;

export function readyChecks(facts: ReadyFacts): readonly HealthCheck[] {
  const ledger = asked("ledger", facts.ledger, {
    words: () => "answers",
    help: "start the database, or correct DATABASE_URL",
  });
  if (facts.draining) return [failing("draining", "ends", "send work to another process")];
  if (!ledger.ok) return [ledger];
  return [ledger, schemaOf(facts), queueOf(facts), leasesOf(facts), lanesOf(facts)];
}

function schemaOf({ schema }: ReadyFacts): HealthCheck {
  const help = "run `lockstep migrate` of this version";
  if (!("value" in schema)) return failing("schema", schema.fault, help);
  const { at, needed } = schema.value;
  if (at < needed) return failing("schema", `at ${at}, this version needs ${needed}`, help);
  return passing("schema", `at ${at}`);
}

function queueOf({ queue, queueFooting }: ReadyFacts): HealthCheck {
  const help =
    queueFooting === "redis" ? "start Redis, or correct REDIS_URL" : "start the database";
  if ("value" in queue && queue.value > QUEUE_DEPTH_MAX) {
    const words = `${queue.value} bells wait`;
    return failing("queue", words, "look in the log for what keeps this process from answering");
  }
  return asked("queue", queue, { words: (depth) => `${depth} bells wait`, help });
}

function leasesOf({ leases: { held, sure, turnAgeMs } }: ReadyFacts): HealthCheck {
  const since = turnAgeMs === null ? "never renewed" : `renewed ${seconds(turnAgeMs)} ago`;
  const words = `owns ${held} partitions, ${since}`;
  if (held === 0) {
    return failing("leases", words, "wait for another process's leases to end, or stop one");
  }
  if (sure < held) return failing("leases", words, "look whether the database or this host stalls");
  return passing("leases", words);
}

function lanesOf({ stuck }: ReadyFacts): HealthCheck {
  const [worst] = [...stuck].sort((a, b) => b.ageMs - a.ageMs);
  if (worst === undefined) return passing("lanes", "none is stuck");
  const words = `${stuck.length} stuck, ${worst.account} for ${seconds(worst.ageMs)}`;
  const help = "restart this process: whoever takes over asks the broker about each open order";
  return failing("lanes", words, help);
}

function asked<T>(
  name: string,
  answer: Asked<T>,
  { words, help }: { words(value: T): string; readonly help: string },
): HealthCheck {
  return "value" in answer ? passing(name, words(answer.value)) : failing(name, answer.fault, help);
}

const passing = (name: string, words: string): HealthCheck => ({ name, ok: true, words });

const failing = (name: string, words: string, help: string): HealthCheck => ({
  ...{ name, ok: false, words, help },
});

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
