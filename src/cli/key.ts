/** `lockstep key`: an API key for whoever can reach the hub's own files, such as the first one. */
import { randomBytes, randomUUID } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import { DEMO_TENANT } from "../demo/definition.ts";
import { tenantIdOf } from "../hub/enrol.ts";
import { createKey } from "../identity/keys/service.ts";
import { allows, PERMISSION_NAMES, type Permission } from "../identity/permissions.ts";
import { type Principal, ROLES, type Role } from "../identity/principal.ts";
import { systemClock as clock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly name: string;
  readonly role: Role;
  readonly mode: "live" | "test";
  readonly scopes?: readonly Permission[];
  readonly tenant: string;
  readonly json?: true;
};

const BY = "command line";

export function keyCommand(io: CliIo): Command {
  return new Command("key")
    .description("an API key, shown once")
    .requiredOption("--name <words>", "what it is for")
    .addOption(new Option("--role <role>", "whose rights").choices(ROLES).default("operator"))
    .addOption(
      new Option("--mode <mode>", "a test key reaches simulated accounts only")
        .choices(["live", "test"])
        .default("live"),
    )
    .option("--scopes <list>", "some of the role's, by commas; all of them unless told", scopes)
    .option("--tenant <name>", "whose accounts", DEMO_TENANT)
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, options));
}

async function run(io: CliIo, { name, role, mode, tenant, ...options }: Options): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-key" });
  const by = principalOf(tenantIdOf(tenant), role);
  const { scopes = PERMISSION_NAMES.filter((one) => allows(by, one)) } = options;
  try {
    const deps = { sql, now: () => clock.now(), random: randomBytes, newId: () => randomUUID() };
    const { key, secret } = await createKey(deps, by, { name, mode, scopes });
    const expiresAt = key.expiresAt.toISOString();
    if (options.json) io.out(JSON.stringify({ secret, expiresAt, scopes }));
    else for (const line of [secret, `Shown this once; good until ${expiresAt}.`]) io.out(line);
  } finally {
    await sql.end();
    await database.close();
  }
}

const principalOf = (tenantId: string, role: Role): Principal => ({
  ...{ tenantId, roles: [role], scopes: null, accounts: "all", mode: "live" },
  actor: { kind: "system", id: BY, name: BY },
  ...{ steppedUpAt: clock.now(), address: null },
});

function scopes(text: string): readonly Permission[] {
  const wanted = text.split(",").map((one) => one.trim());
  const known = PERMISSION_NAMES.filter((one) => wanted.includes(one));
  if (known.length === wanted.length) return known;
  throw new InvalidArgumentError(`Give some of ${PERMISSION_NAMES.join(", ")}.`);
}
