/**
 * From the moment at which a follower's position is gone, with no event to tell of it, until the
 * ledger has the divergence: only the timed comparison finds it.
 */
import { tenantIdOf } from "../hub/enrol.ts";
import { systemTimers } from "../platform/clock.ts";
import { inTenant } from "../platform/postgres.ts";
import type { FanoutOptions } from "./fanout.ts";
import { type BenchStage, onStage } from "./stage.ts";
import { type Percentiles, percentile, percentiles } from "./stats.ts";
import { VOLUME } from "./world.ts";

export type DivergenceResult = {
  readonly followers: number;
  readonly vanished: number;
  /** Milliseconds until the ledger has it; at most 15,000 are wanted. */
  readonly seen: Percentiles & { readonly most: number };
};

const BETWEEN_MS = 130;
const POLL_MS = 50;
const MOST_MS = 60_000;

export function divergenceBench(options: FanoutOptions): Promise<DivergenceResult> {
  return onStage(options, async (stage) => {
    const { gateway, masters, accounts } = stage.world;
    gateway.masterTrades(masters.plain, VOLUME);
    await systemTimers.sleep(1_000);
    await stage.activity.quiet();
    const goneAt = new Map<string, number>();
    const took: number[] = [];
    const lastAt = performance.now() + MOST_MS;
    const vanishing = accounts.slice(1, 1 + options.signals);
    const looking = async (): Promise<void> => {
      while (took.length < vanishing.length && performance.now() < lastAt) {
        for (const id of await diverged(stage)) {
          const at = goneAt.get(id);
          if (at === undefined || !goneAt.delete(id)) continue;
          took.push(performance.now() - at);
        }
        await systemTimers.sleep(POLL_MS);
      }
    };
    const looks = looking();
    for (const { accountId } of vanishing) {
      gateway.vanish(accountId);
      goneAt.set(accountId, performance.now());
      await systemTimers.sleep(BETWEEN_MS);
    }
    await looks;
    if (took.length < vanishing.length) throw new Error("a divergence was never seen");
    const seen = { ...percentiles(took), most: percentile(took, 1) };
    return { followers: options.followers, vanished: took.length, seen };
  });
}

function diverged({ sql, world }: BenchStage): Promise<readonly string[]> {
  return inTenant(sql, tenantIdOf(world.enrolment.tenant), async (tx) => {
    const rows = await tx<{ id: string }[]>`select account_id as id from divergences`;
    return rows.map(({ id }) => id);
  });
}
