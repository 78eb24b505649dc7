/** `lockstep reenable`: lets a follower open again that a throttle or a risk limit has stopped. */
import { Command, Option } from "commander";
import { type Reenabled, reenable } from "../hub/reenable.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly reason: string;
  readonly strategy?: string;
  readonly measureFrom: "now" | "period-start";
  readonly json?: true;
};

export function reenableCommand(io: CliIo): Command {
  return new Command("reenable")
    .description("let a follower open again that a throttle or a risk limit has stopped")
    .argument("<account>", "the follower's name, login or id")
    .requiredOption("--reason <words>", "why it may go on; recorded in the audit")
    .option("--strategy <name>", "only what it copies of this strategy")
    .addOption(
      new Option("--measure-from <when>", "now: what a limit counted so far is forgiven")
        .choices(["now", "period-start"])
        .default("now"),
    )
    .option("--json", "one line of JSON, a list")
    .action((account: string, options: Options) => run(io, account, options));
}

async function run(io: CliIo, account: string, options: Options): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-reenable" });
  try {
    const { reason, strategy = null, measureFrom } = options;
    const who = { account, strategy, by: "command line" };
    const found = await reenable(sql, { ...who, reason, measureFrom, at: systemClock.now() });
    if (options.json) io.out(JSON.stringify(found));
    else for (const one of found) io.out(words(one));
  } finally {
    await sql.end();
    await database.close();
  }
}

function words({ account, strategy, throttle, limits }: Reenabled): string {
  const what = [...(throttle ? ["its throttle"] : []), ...(limits > 0 ? [`${limits} limits`] : [])];
  const opens = strategy === null ? "all that it copies" : `what ${strategy} opens`;
  return `${account} may open again ${opens}: ${what.join(" and ")} had stopped it`;
}
