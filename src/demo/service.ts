/** Opens the demo over a ledger: enters it, makes sure to be its only player, and finds its place. */
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { monotonicMs } from "../platform/clock.ts";
import type { Sql } from "../platform/postgres.ts";
import { DEMO_TENANT } from "./definition.ts";
import { Demo, type DemoOptions } from "./demo.ts";
import { demoEnrolment } from "./enrolment.ts";
import { fillHistory, type HistoryRecords } from "./history/fill.ts";
import { DemoHome } from "./home.ts";
import { holdDemo, ledgerMark } from "./store.ts";

export type OpenDemoOptions = Omit<DemoOptions, "home"> & {
  /** As the application's role. */
  readonly sql: Sql;
  /** The owner's URL. */
  readonly databaseUrl: string;
  readonly dataDir: string;
};

export type OpenedDemo = {
  readonly demo: Demo;
  /** Waits for the first live copies, and then fills in what was before. */
  readonly fillPast: (records: HistoryRecords, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};

const COPIED_LOOK_MS = 500;
/** For the first copies to be seen before anything else is done. */
const FIRST_MS = 5_000;
const DAY_MS = 86_400_000;

/** DATABASE_IN_USE where another process plays it; BAD_CONFIG where its folder does not fit. */
export async function openDemo(options: OpenDemoOptions): Promise<OpenedDemo> {
  const { sql, databaseUrl, dataDir, timers, clock } = options;
  const hold = await holdDemo(databaseUrl, timers);
  try {
    await enrol(sql, demoEnrolment(clock.now()));
    const tenantId = tenantIdOf(DEMO_TENANT);
    const ledger = await ledgerMark(sql, tenantId);
    const home = new DemoHome(dataDir, ledger);
    const demo = new Demo({ ...options, home });
    const began = Number(BigInt(ledger.mark) / 1_000n);
    return {
      demo,
      async fillPast(records, signal) {
        const { seed } = options;
        while (!demo.hasCopied && !signal.aborted) await timers.sleep(COPIED_LOOK_MS);
        await timers.sleep(FIRST_MS, signal).catch(() => {});
        const endsAt = began - (began % DAY_MS);
        await fillHistory({ tenantId, home, records, seed, endsAt, timers, monotonicMs, signal });
      },
      async close() {
        demo.close();
        await hold.close();
      },
    };
  } catch (error) {
    await hold.close();
    throw error;
  }
}
