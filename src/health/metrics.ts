/**
 * What the hub did, counted for Prometheus as it happens. The label of a metric is always of a
 * closed list: a code, a kind, a stage; never an account or a name.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { HubObserver } from "../hub/ports.ts";
import type { Clock } from "../platform/clock.ts";

/** Signals whose beginning is remembered until their outcomes are in. */
const SIGNALS_MAX = 5_000;
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** From the broker's event to the hub, from there to the commit, to a decision and to an outcome. */
type Stage = "receipt" | "commit" | "decision" | "outcome";

export class Metrics {
  readonly registry = new Registry();
  readonly observer: HubObserver;
  readonly #clock: Clock;
  readonly #begun = new Map<string, number>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #counters = new Map<string, Counter>();
  readonly #stages: Histogram<"stage">;
  readonly #signals: Counter<"kind">;
  readonly #decisions: Counter<"decision" | "reason">;
  readonly #outcomes: Counter<"kind" | "status" | "code">;

  constructor(clock: Clock) {
    this.#clock = clock;
    const registers = [this.registry];
    this.#stages = new Histogram({
      name: "lockstep_stage_seconds",
      help: "Seconds from the broker's event (receipt), or from its receipt, to each stage.",
      labelNames: ["stage"],
      buckets: BUCKETS,
      registers,
    });
    const counter = <T extends string>(name: string, help: string, labelNames: T[]): Counter<T> =>
      new Counter({ name, help, labelNames, registers });
    this.#signals = counter("lockstep_signals_total", "Signals committed here.", ["kind"]);
    this.#decisions = counter("lockstep_decisions_total", "Decisions made here, by reason.", [
      "decision",
      "reason",
    ]);
    this.#outcomes = counter("lockstep_outcomes_total", "Outcomes recorded here, by code.", [
      "kind",
      "status",
      "code",
    ]);
    this.observer = {
      signal: (signal) => {
        this.#signals.inc({ kind: signal.kind });
        this.#stage("receipt", signal.ageAtReceiptMs);
        this.#stage("commit", this.#clock.now() - signal.receivedAt);
        this.#begin(signal.id, signal.receivedAt);
      },
      decided: (signal, rows) => {
        this.#begin(signal.id, signal.receivedAt);
        const tookMs = this.#clock.now() - signal.receivedAt;
        for (const { decision } of rows) {
          this.#stage("decision", tookMs);
          const made = decision.reason === null ? "copy" : "skip";
          this.#decisions.inc({ decision: made, reason: decision.reason ?? "" });
        }
      },
      resolved: ({ kind, origin }, { status, code }) => {
        this.#outcomes.inc({ kind, status, code: code ?? "" });
        const from = this.#begun.get(origin.id);
        if (from !== undefined) this.#stage("outcome", this.#clock.now() - from);
      },
    };
  }

  /** What somebody else counts, as it stands now. */
  total(name: string, help: string, value: number): void {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = new Counter({ name: `lockstep_${name}`, help, registers: [this.registry] });
      this.#counters.set(name, counter);
    }
    counter.reset();
    counter.inc(value);
  }

  /** A figure as it stands now. */
  set(name: string, help: string, value: number): void {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name: `lockstep_${name}`, help, registers: [this.registry] });
      this.#gauges.set(name, gauge);
    }
    gauge.set(value);
  }

  #stage(stage: Stage, ms: number): void {
    this.#stages.observe({ stage }, Math.max(0, ms) / 1_000);
  }

  #begin(id: string, at: number): void {
    if (this.#begun.has(id)) return;
    if (this.#begun.size >= SIGNALS_MAX) {
      const [oldest = ""] = this.#begun.keys();
      this.#begun.delete(oldest);
    }
    this.#begun.set(id, at);
  }
}
