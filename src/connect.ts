/**
 * What the rooms of a running hub reach that is there only once the database is: accounts that are
 * opened, terminals that are paired, webhooks, and the queue that the jobs board looks at.
 */
import { randomInt } from "node:crypto";
import type { Settings } from "./config.ts";
import { DEMO_ACCOUNTS } from "./demo/brokers.ts";
import { DEMO_TENANT } from "./demo/definition.ts";
import { type OpeningParts, SimulatedAccounts } from "./demo/opening.ts";
import { accountRefOf } from "./hub/enrol.ts";
import type { NotifyService } from "./notify/service.ts";
import { PairingService } from "./pairing/service.ts";
import { notListening, pairingSteps } from "./pairing/steps.ts";
import type { Clock } from "./platform/clock.ts";
import type { Doorbells } from "./platform/doorbells.ts";
import type { Sql } from "./platform/postgres.ts";
import type { Sealer } from "./platform/sealed.ts";
import type { JobsDeps } from "./portal/jobs/page.ts";
import type { RoomsParts } from "./rooms.ts";

export type Connected = {
  readonly sql: Sql;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly notify: NotifyService;
  readonly doorbells: Doorbells;
  readonly openings: Pick<OpeningParts, "brokers" | "gateways">;
};

export class Connecting {
  readonly #settings: Settings;
  #served: Connected | null = null;
  #simulated: SimulatedAccounts | null = null;
  #pairings: PairingService | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** For the portal, which is there before the database is. */
  rooms(checks: JobsDeps["checks"]): Pick<RoomsParts, "connect" | "webhooks" | "jobs"> {
    const { terminals } = this.#settings.config;
    return {
      connect: {
        simulated: () => this.#simulated,
        pairings: () => this.#pairings,
        steps: (code) => pairingSteps(terminals, code),
        notListening: notListening(terminals),
      },
      webhooks: () => this.#served?.notify ?? null,
      jobs: { bells: () => this.#served?.doorbells ?? null, checks },
    };
  }

  /** To be called before the hub starts: what was opened earlier is served again. */
  async serve(served: Connected): Promise<void> {
    const { sql, sealer, clock, openings } = served;
    this.#served = served;
    const own = DEMO_ACCOUNTS.map((one) => accountRefOf(DEMO_TENANT, one).accountId);
    const simulated = new SimulatedAccounts({
      sql,
      tenant: DEMO_TENANT,
      ...openings,
      random: (below) => randomInt(below),
    });
    await simulated.attachKnown(new Set(own));
    this.#simulated = simulated;
    this.#pairings = new PairingService(sql, sealer, clock);
  }
}
