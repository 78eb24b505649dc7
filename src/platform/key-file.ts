/** The keys that seal secrets and sign, each in a file beside the database and never in it. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LockstepError } from "../domain/errors.ts";

/** In the data directory. */
export const KEYS_FOLDER = "keys";
const KEY_BYTES = 32;

/** Seals secrets, until it is rotated: key-ring.ts. */
export const firstMasterKey = (dataDir: string): Promise<Buffer> => keyIn(dataDir, "devices.key");

/** Signs seals of the audit. */
export const auditKey = (dataDir: string): Promise<Buffer> => keyIn(dataDir, "audit.key");

/** Made at first use, readable by its owner only. BAD_CONFIG where the file is no such key. */
async function keyIn(dataDir: string, name: string): Promise<Buffer> {
  const path = join(dataDir, KEYS_FOLDER, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, randomBytes(KEY_BYTES).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return keyOf(path, await readFile(path, "utf8"));
}

/** BAD_CONFIG where it is no key. */
export function keyOf(path: string, text: string): Buffer {
  const key = Buffer.from(text.trim(), "hex");
  if (key.length === KEY_BYTES) return key;
  throw new LockstepError("BAD_CONFIG", { path, expected: "64 hex digits" });
}

/** The keys that are there, for a backup to name and never to hold. */
export async function keyFiles(
  dataDir: string,
): Promise<readonly { readonly name: string; readonly content: Buffer }[]> {
  const folder = join(dataDir, KEYS_FOLDER);
  const names = (await readdir(folder).catch(() => [])).sort();
  return Promise.all(
    names.map(async (name) => ({ name, content: await readFile(join(folder, name)) })),
  );
}
