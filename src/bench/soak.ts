/**
 * Five signals a second to N followers for so many minutes, and what the process holds meanwhile.
 * The heap between two collections says nothing: the least of each stretch counts, and the slope is
 * that of the second half, when caches are full.
 */
import { tenantIdOf } from "../hub/enrol.ts";
import { systemTimers } from "../platform/clock.ts";
import { inTenant } from "../platform/postgres.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type BenchStage, onStage } from "./stage.ts";
import { type Percentiles, percentiles } from "./stats.ts";
import { VOLUME } from "./world.ts";

export type SoakOptions = FanoutOptions & { readonly minutes: number };

type Sample = { readonly seconds: number; readonly heapMb: number; readonly rssMb: number };

export type SoakResult = {
  readonly minutes: number;
  readonly followers: number;
  readonly signals: number;
  /** Signals that lack a decision, and instructions without an end, once all was quiet. */
  readonly undecided: number;
  readonly open: number;
  /** Milliseconds by which a signal came later than its turn: above a few, it was too much. */
  readonly late: Percentiles;
  readonly heapMbAnHour: number;
  readonly rssMbAnHour: number;
  readonly samples: readonly Sample[];
};

const EVERY_MS = 200;
const SAMPLE_MS = 500;
const STRETCHES = 40;
const MINUTE_MS = 60_000;
const HOUR_S = 3_600;

export function soakBench(options: SoakOptions): Promise<SoakResult> {
  return onStage(options, async (stage) => {
    const taken: Sample[] = [];
    const late: number[] = [];
    const beganAt = performance.now();
    const endAt = beganAt + options.minutes * MINUTE_MS;
    let sampledAt = 0;
    let signals = 0;
    for (let at = beganAt; at < endAt; at += EVERY_MS) {
      const ms = at - performance.now();
      if (ms > 0) await systemTimers.sleep(ms);
      late.push(Math.max(0, performance.now() - at));
      stage.world.gateway.masterTrades(stage.world.masters.plain, VOLUME);
      signals += 1;
      if (at - sampledAt < SAMPLE_MS) continue;
      sampledAt = at;
      taken.push(sampleOf(at - beganAt));
      if (signals % 300 < 3) options.progress(`${signals} signals, ${taken.at(-1)?.heapMb} MB`);
    }
    await stage.activity.quiet();
    const samples = leastOfEach(taken);
    const half = samples.slice(Math.floor(samples.length / 2));
    return {
      ...{ minutes: options.minutes, followers: options.followers, signals },
      ...(await leftOver(stage)),
      late: percentiles(late),
      heapMbAnHour: slope(half, ({ heapMb }) => heapMb),
      rssMbAnHour: slope(half, ({ rssMb }) => rssMb),
      samples,
    };
  });
}

const megabytes = (bytes: number): number => Math.round(bytes / 104_857.6) / 10;

function sampleOf(ms: number): Sample {
  const { heapUsed, rss } = process.memoryUsage();
  return { seconds: Math.round(ms / 1_000), heapMb: megabytes(heapUsed), rssMb: megabytes(rss) };
}

/** Of each stretch the sample with the smallest heap. */
function leastOfEach(samples: readonly Sample[]): Sample[] {
  const length = Math.max(1, Math.ceil(samples.length / STRETCHES));
  const least: Sample[] = [];
  for (let from = 0; from < samples.length; from += length) {
    const stretch = samples.slice(from, from + length);
    least.push(stretch.reduce((a, b) => (b.heapMb < a.heapMb ? b : a)));
  }
  return least;
}

/** Least squares, an hour. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(samples.map(({ seconds }) => seconds));
  const y = mean(samples.map(of));
  const over = samples.reduce((sum, one) => sum + (one.seconds - x) * (of(one) - y), 0);
  const under = samples.reduce((sum, one) => sum + (one.seconds - x) ** 2, 0);
  return under === 0 ? 0 : Math.round((over / under) * HOUR_S * 10) / 10;
}

async function leftOver({ sql, world }: BenchStage) {
  return inTenant(sql, tenantIdOf(world.enrolment.tenant), async (tx) => {
    const followers = world.enrolment.subscriptions.length;
    const [row] = await tx<{ undecided: number; open: number }[]>`
      select ((select count(*) from signals) * ${followers}
                - (select count(*) from decisions))::int as undecided,
        (select count(*)::int from instruction_states
           where state not in ('done', 'partial', 'rejected')) as open`;
    return { undecided: row?.undecided ?? -1, open: row?.open ?? -1 };
  });
}
