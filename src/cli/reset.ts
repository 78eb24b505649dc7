/**
 * `lockstep reset`, and `lockstep demo reset`: deletes the data directory with the embedded database in it.
 * Invariants: nothing is deleted without --yes, nor under a process that still uses it, nor a
 * folder that does not look like ours; an external database and Redis are never touched.
 */
import { readdir, rm } from "node:fs/promises";
import { Command } from "commander";
import { DEMO_FOLDER } from "../demo/home.ts";
import { LockstepError } from "../domain/errors.ts";
import { embeddedState, removeEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { KEYS_FOLDER } from "../platform/key-file.ts";
import { type CliIo, settingsOf } from "./io.ts";

/** What Lockstep makes in a data directory; anything else in it is somebody's own. */
const OURS: ReadonlySet<string> = new Set(["postgres", DEMO_FOLDER, KEYS_FOLDER]);

export function demoCommand(io: CliIo): Command {
  const demo = new Command("demo").description("the demo that `start` plays");
  return demo.addCommand(resetCommand(io));
}

export function resetCommand(io: CliIo): Command {
  return new Command("reset")
    .description("stop the embedded database and delete it with all its data")
    .option("--yes", "really delete")
    .action(async (options: { readonly yes?: true }) => {
      const { config } = settingsOf(io);
      const folders = await foldersOf(config.dataDir);
      if (folders.length === 0) return io.out(`There is nothing to delete in ${config.dataDir}.`);
      for (const folder of folders) io.out(`${options.yes ? "deletes" : "would delete"} ${folder}`);
      if (config.database === "external") io.out("The database of DATABASE_URL stays as it is.");
      if (!options.yes) {
        io.err("Nothing was deleted. Say `lockstep reset --yes` to delete it for good.");
        return io.end("USAGE");
      }
      await removeEmbeddedPostgres(config.dataDir);
      await rm(config.dataDir, { recursive: true, force: true });
      io.out("done");
    });
}

/** What a reset deletes. BAD_INPUT where the data directory holds what is not ours. */
async function foldersOf(dataDir: string): Promise<readonly string[]> {
  const entries = await readdir(dataDir).catch(() => null);
  const foreign = entries?.find((entry) => !OURS.has(entry));
  if (foreign !== undefined) {
    const help = "move it away, or delete the folder yourself";
    throw new LockstepError("BAD_INPUT", { folder: dataDir, "not ours": foreign, help });
  }
  const { root, initialised } = await embeddedState(dataDir);
  const folders = entries === null ? [] : [dataDir];
  return initialised && !root.startsWith(dataDir) ? [...folders, root] : folders;
}
