/** `lockstep migrate`: brings the database forward, or says what it would do. */
import { Command } from "commander";
import { openDatabase } from "../platform/database.ts";
import { type MigrationReport, migrate, migrationStatus } from "../platform/migrate.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = { readonly status?: true; readonly json?: true };

export function migrateCommand(io: CliIo): Command {
  return new Command("migrate")
    .description("bring the database to this version; never back")
    .option("--status", "only say what would be applied")
    .option("--json", "the report as JSON")
    .action(async (options: Options) => {
      const database = await openDatabase(settingsOf(io));
      try {
        const act = options.status ? migrationStatus : migrate;
        const report = await act(database.url);
        if (options.json) io.out(JSON.stringify({ applied: !options.status, ...report }));
        else for (const line of describe(report, !options.status)) io.out(line);
      } finally {
        await database.close();
      }
    });
}

function describe(report: MigrationReport, applied: boolean): readonly string[] {
  if (report.files.length === 0) return [`The database is at ${report.to}, and so are we.`];
  const files = report.files.map((file) => `${applied ? "applied" : "to apply"} ${file}`);
  const verb = applied ? "is now at" : "would be at";
  return [...files, `The database was at ${report.from} and ${verb} ${report.to}.`];
}
