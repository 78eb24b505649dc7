/** What signs tokens: of each master key a key of its own, so that they rotate together. */
import { hkdfSync } from "node:crypto";
import { type MasterKeys, masterKeyId } from "./sealed.ts";

const BYTES = 32;

const derived = (master: Buffer): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", master, "", "lockstep token", BYTES));

export function tokenKeysOf(keys: MasterKeys) {
  return {
    newest() {
      const master = keys.newest();
      return { kid: masterKeyId(master), secret: derived(master) };
    },
    find(kid: string): Uint8Array | undefined {
      const master = keys.find(kid);
      return master === undefined ? undefined : derived(master);
    },
  };
}

/** Of one master key, which nothing rotates. */
export function oneTokenKey(master: Buffer): ReturnType<typeof tokenKeysOf> {
  const only = (): Buffer => master;
  const id = masterKeyId(master);
  return tokenKeysOf({
    newest: only,
    oldest: only,
    find: (of) => (of === id ? master : undefined),
  });
}
