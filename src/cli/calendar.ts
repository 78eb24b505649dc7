/** `lockstep calendar import`: an economic calendar for the news windows of the rules. */
import { Command, InvalidArgumentError } from "commander";
import { IMPACT_EXPECTED, type Impact, readCurrency, readImpact } from "../calendar/event.ts";
import { type ImportReport, importCalendar } from "../calendar/service.ts";
import { isZoneName } from "../domain/time-zone.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly source?: string;
  readonly tenant?: string;
  readonly timeZone?: string;
  readonly currency?: string;
  readonly impact?: Impact;
  readonly json?: true;
};

export function calendarCommand(io: CliIo): Command {
  const command = new Command("calendar").description("economic calendars, for news windows");
  command
    .command("import")
    .description("take a calendar over from a CSV or ICS file; the same source is replaced")
    .argument("<file>", "CSV with time,currency,impact,title, or iCalendar")
    .option("--source <name>", "which calendar it is; without it, the file's name")
    .option("--tenant <name>", "whose it is, where there are several")
    .option("--time-zone <zone>", "of times that name none, such as America/New_York", zoneName)
    .option("--currency <code>", "of events that name none", currencyCode)
    .option("--impact <impact>", "of events that name none", impactWord)
    .option("--json", "the report as JSON")
    .action((file: string, options: Options) => run(io, file, options));
  return command;
}

async function run(io: CliIo, file: string, options: Options): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-calendar" });
  try {
    const report = await importCalendar(sql, {
      file,
      source: options.source ?? null,
      tenant: options.tenant ?? null,
      defaults: {
        timeZone: options.timeZone ?? null,
        currency: options.currency ?? null,
        impact: options.impact ?? null,
      },
      by: "command line",
    });
    io.out(options.json ? JSON.stringify(report) : words(report));
  } finally {
    await sql.end();
    await database.close();
  }
}

function words({ source, number, isNew, events, from, to }: ImportReport): string {
  const span = `${events} events from ${from} to ${to}`;
  if (!isNew) return `${source} is in force already, as import ${number}: ${span}`;
  return `imported ${source}, import ${number}: ${span}`;
}

function zoneName(text: string): string {
  if (isZoneName(text)) return text;
  throw new InvalidArgumentError("the name of a time zone such as Europe/London is expected.");
}

function currencyCode(text: string): string {
  const currency = readCurrency(text);
  if (currency !== null) return currency;
  throw new InvalidArgumentError("three letters such as USD, or ALL, are expected.");
}

function impactWord(text: string): Impact {
  const impact = readImpact(text);
  if (impact !== null) return impact;
  throw new InvalidArgumentError(`one of ${IMPACT_EXPECTED} is expected.`);
}
