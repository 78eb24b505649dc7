/** One round: a master trades, a fault strikes, it is over, and everything has to come right. */
import { integerBetween, seededRandom } from "../../platform/random.ts";
import type { TestRedis } from "../redis.ts";
import type { Cluster } from "./cluster.ts";
import type { Fault } from "./fault.ts";
import { judge, type Verdict } from "./judge.ts";
import { pause, Scene, scratch } from "./scene.ts";

export type RoundOptions = {
  readonly fault: Fault;
  readonly seed: number;
  readonly cluster: Cluster;
  readonly redis: TestRedis | null;
  readonly leaseMs: number;
  readonly quarantineMs: number;
  readonly faketime: string | null;
};

export type Round = Verdict & {
  readonly fault: string;
  readonly lasting: boolean;
  readonly seed: number;
  /** From the end of the fault until nothing was open any more; null: never. */
  readonly recoveryMs: number | null;
  /** From the end of the fault until every account was owned and armed. */
  readonly takeOverMs: number;
  readonly notes: Readonly<Record<string, number>>;
  /** What the hubs said last, where something did not come right. */
  readonly said: readonly string[];
};

const FOLLOWERS = 6;
const SAID_LINES = 12;
const STEPS = { before: 8, after: 6 };
/** Several unknown outcomes of one position are looked up one after the other. */
const QUIET_MS_MAX = 120_000;
/** Two turns of reconciling, and time to write what they found. */
const RECONCILED_MS = 2_500;

export async function playRound(options: RoundOptions): Promise<Round> {
  const { fault, seed } = options;
  const random = seededRandom(seed);
  const folder = scratch();
  const positionMode = random.next() < 0.7 ? "hedging" : "netting";
  const scene = await Scene.open({
    ...options,
    ...{ random, followers: FOLLOWERS, dir: folder.dir },
    brokers: { positionMode, ...fault.brokers },
    env: fault.needs === "faketime" ? clockOf(options.faketime, folder.dir) : {},
  });
  try {
    await trade(scene, STEPS.before);
    const struck = fault.inject(scene);
    await trade(scene, STEPS.after);
    const overAt = await struck;
    await scene.armed();
    const takeOverMs = Math.max(0, performance.now() - overAt);
    const quietAt = await quiet(scene);
    const recoveryMs = quietAt === null ? null : Math.max(0, quietAt - overAt);
    await pause(RECONCILED_MS);
    await scene.close();
    const verdict = await judge(scene);
    const said = scene.hubs.flatMap((hub) =>
      hub.said.slice(-SAID_LINES).map((l) => `${hub.slot} ${l}`),
    );
    const { name, lasting = false } = fault;
    const told = { fault: name, lasting, seed, recoveryMs, takeOverMs, notes: scene.notes, said };
    return { ...told, ...verdict };
  } finally {
    await scene.close();
    await scene.forget();
    folder.remove();
  }
}

function clockOf(library: string | null, dir: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library ?? "",
    FAKETIME_TIMESTAMP_FILE: `${dir}/clock`,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

async function trade(scene: Scene, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await scene.broker.word({ do: "step" });
    await pause(integerBetween(scene.random, 0, 120));
  }
}

/** When nothing was left to do; null where that did not come. */
async function quiet(scene: Scene): Promise<number | null> {
  const end = performance.now() + QUIET_MS_MAX;
  let since: number | null = null;
  while (performance.now() < end) {
    const open = await left(scene).catch(() => 1);
    if (open > 0) since = null;
    else since ??= performance.now();
    // A signal may still be on its way from the master: it has to stay so.
    if (since !== null && performance.now() - since > 700) return since;
    await pause(30);
  }
  return null;
}

async function left(scene: Scene): Promise<number> {
  scene.replaceDead();
  const [row] = await scene.admin`
    select (select count(*) from signals s join subscriptions b using (tenant_id, master_id)
        where s.sequence > b.from_sequence and not exists (select 1 from decisions d
          where d.signal_id = s.signal_id and d.subscription_id = b.subscription_id))
      + (select count(*) from (select distinct on (origin_id, subscription_id, part) state
          from instruction_states order by origin_id, subscription_id, part, attempt desc) last
          where state not in ('done', 'partial', 'rejected')) as open`;
  return Number(row?.["open"]);
}
