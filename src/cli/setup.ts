/** `lockstep setup`: a new link that makes the first admin, where there is none yet. */
import { randomBytes, randomUUID } from "node:crypto";
import { Command } from "commander";
import { DEMO_TENANT } from "../demo/definition.ts";
import { LockstepError } from "../domain/errors.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { ATTEMPT_LIMITS, Attempts } from "../identity/people/attempts.ts";
import { setupToken } from "../identity/people/links.ts";
import { HASH_COST } from "../identity/people/secrets.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { masterKey } from "../platform/key-file.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { sealer } from "../platform/sealed.ts";
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
    const baseUrl = `http://${config.host}:${config.port}`;
    const token = await setupToken(
      {
        sql,
        sealer: sealer(await masterKey(config.dataDir)),
        attempts: new Attempts(ATTEMPT_LIMITS),
        hashCost: HASH_COST,
        now: () => systemClock.now(),
        random: randomBytes,
        newId: () => randomUUID(),
        mail: null,
        baseUrl,
        signUp: "invitation",
      },
      tenantIdOf(tenant),
    );
    if (token === null) {
      const expected = "a tenant without an admin: an admin invites others";
      throw new LockstepError("BAD_INPUT", { field: "tenant", value: tenant, expected });
    }
    const url = `${baseUrl}/setup/${token}`;
    io.out(json ? JSON.stringify({ tenant, url }) : `Open ${url} within a day; it works once.`);
  } finally {
    await sql.end();
    await database.close();
  }
}
