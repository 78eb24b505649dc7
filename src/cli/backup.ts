/** `lockstep backup` and `lockstep restore`: the whole ledger into one file, and back. */
import { resolve } from "node:path";
import { Command } from "commander";
import { backup } from "../backup/backup.ts";
import { type RestoreReport, restore } from "../backup/restore.ts";
import { openDatabase } from "../platform/database.ts";
import { type CliIo, settingsOf } from "./io.ts";

type BackupOptions = { readonly json?: true };
type RestoreOptions = BackupOptions & {
  readonly replace?: boolean;
  readonly withoutKeys?: boolean;
};

export function backupCommand(io: CliIo): Command {
  return new Command("backup")
    .description("write the whole ledger into one file, while the hub runs")
    .argument("<file>", "a file that is not there yet")
    .option("--json", "one line of JSON")
    .action((file: string, { json }: BackupOptions) =>
      withUrl(io, async (url, dataDir) => {
        const report = await backup({ url, dataDir, file: resolve(io.cwd, file) });
        if (json) return io.out(JSON.stringify(report));
        const { rows, tables, bytes, takenAt } = report;
        io.out(`${report.file}: ${rows} rows of ${tables} tables as of ${takenAt}, ${bytes} bytes`);
        io.out("Keep the folder keys of the data directory elsewhere: it is not in the file.");
      }),
    );
}

export function restoreCommand(io: CliIo): Command {
  return new Command("restore")
    .description("put a backup in the place of the ledger; it opens nothing until it is released")
    .argument("<file>", "what `lockstep backup` has written")
    .option("--replace", "lose the ledger that is there")
    .option("--without-keys", "though what is sealed in it cannot be opened here")
    .option("--json", "one line of JSON")
    .action((file: string, { json, replace = false, withoutKeys = false }: RestoreOptions) =>
      withUrl(io, async (url, dataDir) => {
        const wanted = { url, dataDir, file: resolve(io.cwd, file), replace, withoutKeys };
        const report = await restore(wanted);
        if (json) return io.out(JSON.stringify(report));
        for (const line of words(report)) io.out(line);
      }),
    );
}

function words({ rows, tables, takenAt, from, to, unanswered }: RestoreReport): string[] {
  return [
    `restored ${rows} rows of ${tables} tables as of ${takenAt}`,
    ...(from < to ? [`brought it from version ${from} to ${to}`] : []),
    ...(unanswered > 0 ? [`${unanswered} instructions are asked for at their brokers first`] : []),
    "A kill switch stands over everything: nothing opens, closes pass.",
    "Start the hub, look at `lockstep kill status` and at what differs, and then:",
    '  lockstep kill release --everything --reason "…"',
  ];
}

async function withUrl(
  io: CliIo,
  act: (url: string, dataDir: string) => Promise<void>,
): Promise<void> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  try {
    await act(database.url, settings.config.dataDir);
  } finally {
    await database.close();
  }
}
