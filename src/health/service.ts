/**
 * Asks the process's surroundings how they are: for /readyz, with a limit of time for each answer,
 * and for /metrics.
 */
import { LockstepError } from "../domain/errors.ts";
import type { Hub } from "../hub/hub.ts";
import { type Clock, monotonicMs } from "../platform/clock.ts";
import { within } from "../platform/deadline.ts";
import type { Doorbells } from "../platform/doorbells.ts";
import type { Sql } from "../platform/postgres.ts";
import { Ages } from "./ages.ts";
import { type Asked, type HealthCheck, type ReadyFacts, readyChecks } from "./checks.ts";
import { Metrics } from "./metrics.ts";

const ASK_MS_MAX = 2_000;
const SCHEMA_MS = 30_000;

/** What there is to ask, once it is there. */
export type Running = {
  readonly hub: Hub;
  readonly sql: Sql;
  readonly doorbells: Doorbells;
  schema(): Promise<{ readonly at: number; readonly needed: number }>;
};

export class HealthService {
  readonly metrics: Metrics;
  readonly #ages = new Ages();
  #running: Running | null = null;
  #draining = false;
  #schema: { readonly value: { at: number; needed: number }; readonly atMs: number } | null = null;

  constructor(clock: Clock) {
    this.metrics = new Metrics(clock);
  }

  attach(running: Running): void {
    this.#running = running;
  }

  /** From now on no work is wanted here. */
  drain(): void {
    this.#draining = true;
  }

  /** To be called each second. */
  look(): void {
    this.#ages.look(this.#running?.hub.accounts.values() ?? [], monotonicMs());
  }

  async ready(): Promise<readonly HealthCheck[]> {
    const running = this.#running;
    if (running === null) {
      const help = "wait: the database is being started and migrated";
      return [{ name: "start", ok: false, words: "not started yet", help }];
    }
    return readyChecks(await this.#facts(running));
  }

  async #facts({ hub, sql, doorbells, schema }: Running): Promise<ReadyFacts> {
    this.look();
    const nowMs = monotonicMs();
    const [ledger, at, queue] = await Promise.all([
      answer(async () => (await sql`select 1`).length > 0).then(
        (one): Asked<true> => ("value" in one ? { value: true } : one),
      ),
      answer(() => this.#schemaOf(schema)),
      answer(() => doorbells.depth(hub.deps.slot)),
    ]);
    const { leases } = hub.deps;
    const held = leases.partitions;
    const { turnedAtMs } = hub.tally;
    return {
      draining: this.#draining || hub.stopped,
      ...{ ledger, schema: at, queue, queueFooting: doorbells.footing },
      leases: {
        held: held.length,
        sure: held.filter((partition) => leases.fence(partition) !== null).length,
        turnAgeMs: turnedAtMs === null ? null : nowMs - turnedAtMs,
      },
      stuck: this.#ages.stuck(nowMs),
    };
  }

  /** Not at every probe: it takes a connection of its own. */
  async #schemaOf(schema: Running["schema"]): Promise<{ at: number; needed: number }> {
    if (this.#schema !== null && monotonicMs() - this.#schema.atMs < SCHEMA_MS) {
      return this.#schema.value;
    }
    const value = await schema();
    if (value.at >= value.needed) this.#schema = { value, atMs: monotonicMs() };
    return value;
  }

  /** In Prometheus' text format. What cannot be asked now is left as it was last seen. */
  async exposition(): Promise<string> {
    const running = this.#running;
    this.metrics.set("up", "1 where the hub runs and takes work.", this.#draining ? 0 : 1);
    if (running !== null) {
      this.#ownFigures(running);
      await this.#askedFigures(running);
    }
    return this.metrics.registry.metrics();
  }

  #ownFigures({ hub }: Running): void {
    this.look();
    const { metrics } = this;
    const { tally, accounts, deps } = hub;
    const nowMs = monotonicMs();
    const unknown = this.#ages.unknown(nowMs);
    const all = [...accounts.values()];
    const armed = all.filter(({ ready }) => ready).length;
    const seconds = (ms: number): number => ms / 1_000;
    const heard = [...tally.heardAtMs.values()];
    const set = metrics.set.bind(metrics);
    const total = metrics.total.bind(metrics);
    set("accounts", "Accounts owned here.", all.length);
    set("accounts_armed", "Accounts owned here that may trade.", armed);
    set("partitions_owned", "Partitions owned here.", deps.leases.partitions.length);
    total("lease_takeovers_total", "Partitions taken, each with a new fence.", tally.takeOvers);
    total("sweep_signals_total", "Signals found by the sweep alone.", tally.sweptSignals);
    total("sweep_bells_total", "Outbox rows that were rung for late.", tally.rungLate);
    total("faults_total", "Faults told in the log.", tally.faults);
    set("unanswered", "Instructions without a terminal outcome.", this.#ages.unanswered);
    set("unknown", "Instructions of unknown outcome.", unknown.count);
    set("unknown_oldest_seconds", "Age of the oldest of them.", seconds(unknown.oldestMs));
    set("lanes_stuck", "Lanes with work that does not move.", this.#ages.stuck(nowMs).length);
    const turned = tally.turnedAtMs ?? nowMs;
    set("heartbeat_age_seconds", "Since leases were last renewed.", seconds(nowMs - turned));
    const silent = nowMs - Math.min(nowMs, ...heard);
    set("broker_silence_seconds", "Since the most silent broker was heard.", seconds(silent));
  }

  async #askedFigures({ hub, sql, doorbells }: Running): Promise<void> {
    const { metrics } = this;
    const depth = await answer(() => doorbells.depth(hub.deps.slot));
    if ("value" in depth) metrics.set("queue_depth", "Bells that wait here.", depth.value);
    const figures = await answer(async () => (await sql`select * from ledger_figures()`)[0]);
    metrics.set("ledger_up", "1 where the ledger answers.", "value" in figures ? 1 : 0);
    if (!("value" in figures)) return;
    const figure = (name: string): number => Number(figures.value?.[name] ?? 0);
    const open = figure("divergences_open");
    metrics.set("divergences_open", "Open divergences of all tenants.", open);
    metrics.set("outbox_rows", "Outbox rows not yet cleared.", figure("outbox_rows"));
    metrics.set("kills_engaged", "Kill switches engaged.", figure("kills_engaged"));
  }
}

async function answer<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  const late = (): Error =>
    new LockstepError("LIMIT_REACHED", { what: "an answer", ms: ASK_MS_MAX });
  try {
    return { value: await within(ASK_MS_MAX, ask(), late) };
  } catch (error) {
    return { fault: error instanceof LockstepError ? error.message : "does not answer" };
  }
}
