/** `lockstep people`: who may come in; and help for an admin who cannot, where no other is left. */
import { Command } from "commander";
import { DEMO_TENANT } from "../demo/definition.ts";
import { LockstepError } from "../domain/errors.ts";
import { tenantIdOf } from "../hub/enrol.ts";
import type { PeopleDeps } from "../identity/people/deps.ts";
import { resetToken } from "../identity/people/links.ts";
import { peopleIn } from "../identity/people/manage.ts";
import { forget, knownOf } from "../identity/people/privacy.ts";
import { endTotpOf } from "../identity/people/second-factor.ts";
import type { Person } from "../identity/people/store.ts";
import { openPeople } from "../people.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = { readonly tenant: string; readonly json?: true };

const BY = "command line";

export function peopleCommand(io: CliIo): Command {
  const list = of(new Command("list"))
    .description("everybody, with roles and whether a second factor is on")
    .option("--json", "one line of JSON, a list")
    .action((options: Options) => withPeople(io, (deps) => listed(deps, { io, options })));
  const reset = of(new Command("reset"))
    .description("a one-time link by which somebody sets a new password")
    .argument("<email>", "whose")
    .action((email: string, { tenant }: Options) =>
      withPeople(io, async (deps) => {
        const tenantId = tenantIdOf(tenant);
        const person = await personWith(deps, tenantId, email);
        const token = await resetToken(deps, { tenantId, email: person.email, by: BY });
        io.out(`Open ${deps.baseUrl}/reset/${token ?? ""} within an hour; it works once.`);
      }),
    );
  const factor = of(new Command("end-factor"))
    .description("take somebody's second factor off, and end their sessions")
    .argument("<email>", "whose")
    .action((email: string, { tenant }: Options) =>
      withPeople(io, async (deps) => {
        const tenantId = tenantIdOf(tenant);
        const { personId, name } = await personWith(deps, tenantId, email);
        await endTotpOf(deps, { tenantId, personId }, { by: BY, address: null });
        io.out(`${name} signs in with the password alone now.`);
      }),
    );
  return new Command("people")
    .description("who may come in")
    .addCommand(list)
    .addCommand(exportCommand(io))
    .addCommand(forgetCommand(io))
    .addCommand(reset)
    .addCommand(factor);
}

function exportCommand(io: CliIo): Command {
  return of(new Command("export"))
    .description("all that is known of somebody, as JSON, to be handed to them")
    .argument("<email>", "whose")
    .action((email: string, { tenant }: Options) =>
      withPeople(io, async (deps) => {
        const tenantId = tenantIdOf(tenant);
        const { personId } = await personWith(deps, tenantId, email);
        io.out(JSON.stringify(await knownOf(deps, { tenantId, personId })));
      }),
    );
}

function forgetCommand(io: CliIo): Command {
  return of(new Command("forget"))
    .description(
      "forget somebody: they come in no more, and only the audit and the records of what they did name them",
    )
    .argument("<email>", "whom")
    .requiredOption("--yes", "it cannot be taken back")
    .action((email: string, { tenant }: Options) =>
      withPeople(io, async (deps) => {
        const tenantId = tenantIdOf(tenant);
        const { personId } = await personWith(deps, tenantId, email);
        await forget(deps, { tenantId, personId }, BY);
        io.out("Forgotten. Backups that were made before still name them.");
      }),
    );
}

const of = (command: Command): Command =>
  command.option("--tenant <name>", "of this tenant", DEMO_TENANT);

async function withPeople(io: CliIo, act: (deps: PeopleDeps) => Promise<void>): Promise<void> {
  const settings = settingsOf(io);
  const { host, port } = settings.config;
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-people" });
  const fault = (error: unknown): never => {
    throw error;
  };
  try {
    await act(await openPeople(settings, { sql, url: `http://${host}:${port}`, fault }));
  } finally {
    await sql.end();
    await database.close();
  }
}

async function personWith(deps: PeopleDeps, tenantId: string, email: string): Promise<Person> {
  const people = await peopleIn(deps, tenantId);
  const person = people.find((one) => one.email === email.trim().toLowerCase());
  if (person !== undefined) return person;
  throw new LockstepError("NOT_FOUND", { email, expected: "somebody of `lockstep people list`" });
}

type Asked = { readonly io: CliIo; readonly options: Options };

async function listed(deps: PeopleDeps, { io, options }: Asked): Promise<void> {
  const people = await peopleIn(deps, tenantIdOf(options.tenant));
  if (options.json) return io.out(JSON.stringify(people));
  if (people.length === 0) io.out("Nobody yet: `lockstep setup` prints the first admin's link.");
  for (const { email, name, roles, hasTotp, disabledAt } of people) {
    const factor = hasTotp ? "with a second factor" : "without a second factor";
    const out = disabledAt === null ? "" : ", disabled";
    io.out(`${email}: ${name}, ${roles.join(", ") || "no role"}, ${factor}${out}`);
  }
}
