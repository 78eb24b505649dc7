/** Opens the demo over a ledger: enters it, makes sure to be its only player, and finds its place. */
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import type { Sql } from "../platform/postgres.ts";
import { DEMO_TENANT } from "./definition.ts";
import { Demo, type DemoOptions } from "./demo.ts";
import { demoEnrolment } from "./enrolment.ts";
import { DemoHome } from "./home.ts";
import { holdDemo, ledgerMark } from "./store.ts";

export type OpenDemoOptions = Omit<DemoOptions, "home"> & {
  /** As the application's role. */
  readonly sql: Sql;
  /** The owner's URL. */
  readonly databaseUrl: string;
  readonly dataDir: string;
};

export type OpenedDemo = { readonly demo: Demo; readonly close: () => Promise<void> };

/** DATABASE_IN_USE where another process plays it; BAD_CONFIG where its folder does not fit. */
export async function openDemo(options: OpenDemoOptions): Promise<OpenedDemo> {
  const { sql, databaseUrl, dataDir, timers, clock } = options;
  const hold = await holdDemo(databaseUrl, timers);
  try {
    await enrol(sql, demoEnrolment(clock.now()));
    const home = new DemoHome(dataDir, await ledgerMark(sql, tenantIdOf(DEMO_TENANT)));
    const demo = new Demo({ ...options, home });
    return {
      demo,
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
