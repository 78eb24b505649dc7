/** `lockstep setup`: a new link that makes the first admin, where there is none yet. */
import { Command } from "commander";
import { DEMO_TENANT } from "../demo/definition.ts";
import { LockstepError } from "../domain/errors.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { setupToken } from "../identity/people/links.ts";
import { openPeople } from "../people.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = { readonly tenant: string; readonly json?: true };

export function setupCommand(io: CliIo): Command {
  return new Command("setup")
    .description("a one-time link that makes the first admin")
    .option("--tenant <name>", "of this tenant, entered where it is new", DEMO_TENANT)
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, options));
}

async function run(io: CliIo, { tenant, json }: Options): Promise<void> {
  const settings = settingsOf(io);
  const { config } = settings;
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-setup" });
  try {
    const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
    await enrol(sql, { tenant, ...nothing, at: systemClock.now(), by: "lockstep setup" });
    const url = `http://${config.host}:${config.port}`;
    const fault = (error: unknown): never => {
      throw error;
    };
    const people = await openPeople(settings, { sql, url, fault });
    const token = await setupToken(people, tenantIdOf(tenant));
    if (token === null) {
      const expected = "a tenant without an admin: an admin invites others";
      throw new LockstepError("BAD_INPUT", { field: "tenant", value: tenant, expected });
    }
    const link = `${people.baseUrl}/setup/${token}`;
    io.out(
      json ? JSON.stringify({ tenant, url: link }) : `Open ${link} within a day; it works once.`,
    );
  } finally {
    await sql.end();
    await database.close();
  }
}
