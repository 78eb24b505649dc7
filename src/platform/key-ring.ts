/**
 * The master keys of this machine: `devices.key`, and a `master-N.key` for each rotation. The newest
 * seals, all of them open. The folder is looked at each time something is sealed and when a key is
 * asked for that was not there before, so that a hub that runs follows a rotation.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LockstepError } from "../domain/errors.ts";
import { firstMasterKey, KEYS_FOLDER, keyOf } from "./key-file.ts";
import { type MasterKeys, masterKeyId, type Sealer, sealerOf } from "./sealed.ts";
import { tokenKeysOf } from "./token-keys.ts";

const FIRST = "devices.key";
const ROTATED = /^master-(\d+)\.key$/;
const KEY_BYTES = 32;

/** The first key is made where there is none yet. */
export async function openSealer(dataDir: string): Promise<Sealer> {
  await firstMasterKey(dataDir);
  return sealerOf(new KeyRing(dataDir));
}

export async function openTokenKeys(dataDir: string): Promise<ReturnType<typeof tokenKeysOf>> {
  await firstMasterKey(dataDir);
  return tokenKeysOf(new KeyRing(dataDir));
}

/** A newer master key: from now on secrets are sealed under it. Its file's name. */
export async function addMasterKey(dataDir: string): Promise<string> {
  await firstMasterKey(dataDir);
  const numbers = namesIn(dataDir).map(numberOf);
  const name = `master-${Math.max(...numbers) + 1}.key`;
  const path = join(dataDir, KEYS_FOLDER, name);
  const text = randomBytes(KEY_BYTES).toString("hex");
  await writeFile(path, text, { flag: "wx", mode: 0o600 });
  return name;
}

class KeyRing implements MasterKeys {
  readonly #dataDir: string;
  readonly #known = new Map<string, Buffer>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  newest(): Buffer {
    return this.#read(namesIn(this.#dataDir).at(-1) ?? FIRST);
  }

  oldest(): Buffer {
    return this.#read(FIRST);
  }

  find(id: string): Buffer | undefined {
    if (!this.#known.has(id)) for (const name of namesIn(this.#dataDir)) this.#read(name);
    return this.#known.get(id);
  }

  #read(name: string): Buffer {
    const path = join(this.#dataDir, KEYS_FOLDER, name);
    const key = keyOf(path, readFileSync(path, "utf8"));
    this.#known.set(masterKeyId(key), key);
    return key;
  }
}

const numberOf = (name: string): number => Number(ROTATED.exec(name)?.[1] ?? 1);

/** From the oldest to the newest. BAD_CONFIG where there is none. */
function namesIn(dataDir: string): readonly string[] {
  const folder = join(dataDir, KEYS_FOLDER);
  const names = readdirSync(folder).filter((name) => name === FIRST || ROTATED.test(name));
  if (names.length === 0) {
    throw new LockstepError("BAD_CONFIG", { folder, expected: "the hub's master keys" });
  }
  return names.toSorted((a, b) => numberOf(a) - numberOf(b));
}
