/** `lockstep unfollow`: ends a subscription, and says what becomes of what it holds. */
import { Command, Option } from "commander";
import { LockstepError } from "../domain/errors.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { findTargets } from "../risk/kill/find.ts";
import { type Stopping, SubscriptionService, WAYS_TO_STOP } from "../subscriptions/service.ts";
import { type CliIo, settingsOf } from "./io.ts";
import { commandLine } from "./principal.ts";

type Options = Stopping & { readonly strategy: string; readonly json?: true };

export function unfollowCommand(io: CliIo): Command {
  return new Command("unfollow")
    .description("end a subscription")
    .argument("<account>", "the follower's name, login or id")
    .requiredOption("--strategy <name>", "what it follows")
    .addOption(
      new Option("--positions <what>", "what becomes of what it holds")
        .choices([...WAYS_TO_STOP])
        .makeOptionMandatory(),
    )
    .requiredOption("--reason <words>", "why; recorded in the audit")
    .option("--json", "one line of JSON, a list")
    .action((account: string, options: Options) => run(io, account, options));
}

async function run(io: CliIo, account: string, options: Options): Promise<void> {
  const { strategy, positions, reason, json } = options;
  if (reason.trim() === "") {
    throw new LockstepError("BAD_INPUT", { field: "reason", expected: "why, in words" });
  }
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-unfollow" });
  try {
    const ended = await end(sql, { name: account, strategy }, { positions, reason });
    if (json) io.out(JSON.stringify(ended));
    else for (const id of ended) io.out(`${id}: ${WORDS[positions]}`);
  } finally {
    await sql.end();
    await database.close();
  }
}

const WORDS: Readonly<Record<Stopping["positions"], string>> = {
  "keep-positions": "stopped; what it holds is the account's own",
  "close-by-master": "only closes from now on, and is stopped once the master has closed all",
  "close-now": "is being closed, and stopped once nothing is left",
};

type Named = { readonly name: string; readonly strategy: string };

async function end(sql: Sql, named: Named, stopping: Stopping): Promise<string[]> {
  const service = new SubscriptionService(sql, () => systemClock.now());
  const targets = await findTargets(sql, { scope: "subscription", ...named });
  for (const { tenantId, scopeId } of targets) {
    await service.stop(commandLine(tenantId), scopeId, stopping);
  }
  return targets.map(({ scopeId }) => scopeId);
}
