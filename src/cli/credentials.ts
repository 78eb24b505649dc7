/** `lockstep credentials rotate`: a new master key, and every secret of the ledger under it. */
import { Command } from "commander";
import { rotateSealed } from "../identity/credentials/rotate.ts";
import { openDatabase } from "../platform/database.ts";
import { addMasterKey, openSealer } from "../platform/key-ring.ts";
import { openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

export function credentialsCommand(io: CliIo): Command {
  const rotate = new Command("rotate")
    .description("make a new master key, and put every stored secret under it")
    .option("--json", "one line of JSON")
    .action((options: { readonly json?: true }) => rotated(io, options));
  return new Command("credentials")
    .description("the secrets that the ledger holds sealed")
    .addCommand(rotate);
}

async function rotated(io: CliIo, { json }: { readonly json?: true }): Promise<void> {
  const settings = settingsOf(io);
  const { dataDir } = settings.config;
  const database = await openDatabase(settings);
  const owner = openPostgres(database.url, { max: 1, name: "lockstep-rotate" });
  try {
    const file = await addMasterKey(dataDir);
    const tables = await rotateSealed(owner, await openSealer(dataDir), "command line");
    if (json) return io.out(JSON.stringify({ file, tables }));
    io.out(`The new master key is keys/${file} of the data directory: keep a copy elsewhere.`);
    for (const { table, rewrapped } of tables) io.out(`  ${table}: ${rewrapped} under it now`);
    io.out("Older keys open older backups only: keep them as long as those.");
  } finally {
    await owner.end();
    await database.close();
  }
}
