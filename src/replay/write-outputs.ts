/**
 * Writes the files of a replay so that none is ever half written: all go to a directory of their
 * own beside the target first, and are then renamed.
 *
 * Decided here: a target that is not there appears at once with all files in it; into one that is
 * there only the files of these names are put, one rename each in the order given, and whatever
 * else it holds is left alone. A target that is a file is refused, before anything is run.
 */
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../domain/input-fault.ts";

export type OutputFile = { readonly name: string; readonly text: string };

/** Whether the directory is there already; BAD_INPUT where something else has its name. */
export async function checkTarget(directory: string): Promise<boolean> {
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw refused(directory, String(error.code), error);
  });
  if (found === null) return false;
  if (!found.isDirectory()) throw refused(directory, "something that is not a directory");
  return true;
}

export async function writeOutputs(directory: string, files: readonly OutputFile[]): Promise<void> {
  const target = resolve(directory);
  const isThere = await checkTarget(target);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const whole = join(temporary, "whole");
    await mkdir(whole);
    for (const { name, text } of files) await writeFile(join(whole, name), text);
    if (isThere) {
      for (const { name } of files) await rename(join(whole, name), join(target, name));
    } else await rename(whole, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function refused(directory: string, found: string, cause?: unknown): InputError {
  const wrong = "the output directory cannot be used";
  const expected = "a directory, or a name that is free";
  return new InputError([{ file: directory, line: null, wrong, found, expected }], { cause });
}
