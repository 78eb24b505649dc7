/**
 * Secrets at rest, in envelopes: each has a key of its own (AES-256-GCM, random), which is sealed in
 * turn by a master key that is not in the database. What a secret belongs to is authenticated with it,
 * so that a sealed text moved to another row does not open. A sealed text names its master key, which
 * can be changed for a newer one without opening the secret.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { LockstepError } from "../domain/errors.ts";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The first sealed texts named no key: the oldest made them. */
const UNNAMED = 1;
const NAMED = 2;
const KEY_ID_BYTES = 8;
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

export type Sealer = {
  /** `belongsTo`: such as the tenant, the table and the row. */
  seal(secret: Buffer, belongsTo: readonly string[]): string;
  /** BAD_MESSAGE for what was not sealed so, by a key that we have and for this row. */
  open(sealed: string, belongsTo: readonly string[]): Buffer;
  /** The same secret under the newest master key; null where it is under it already. */
  rewrap(sealed: string, belongsTo: readonly string[]): string | null;
};

export type MasterKeys = {
  newest(): Buffer;
  oldest(): Buffer;
  find(id: string): Buffer | undefined;
};

/** Hexadecimal. Tells nothing of the key. */
export const masterKeyId = (key: Buffer): string =>
  createHash("sha256")
    .update("lockstep master key")
    .update(key)
    .digest("hex")
    .slice(0, 2 * KEY_ID_BYTES);

/** The id of the master key; null where the text names none. */
export function sealedUnder(sealed: string): string | null {
  const bytes = Buffer.from(sealed, "base64");
  return bytes[0] === NAMED ? bytes.subarray(1, 1 + KEY_ID_BYTES).toString("hex") : null;
}

/** `masterKey`: 32 bytes, the only one there is. */
export function sealer(masterKey: Buffer): Sealer {
  if (masterKey.length !== KEY_BYTES) {
    throw new LockstepError("BAD_CONFIG", { key: "the master key must have 32 bytes" });
  }
  const id = masterKeyId(masterKey);
  const only = (): Buffer => masterKey;
  return sealerOf({
    newest: only,
    oldest: only,
    find: (of) => (of === id ? masterKey : undefined),
  });
}

export function sealerOf(keys: MasterKeys): Sealer {
  return {
    seal(secret, belongsTo) {
      const facts = factsOf(belongsTo);
      const own = randomBytes(KEY_BYTES);
      return enclose(keys.newest(), own, { body: encrypt(own, secret, facts), facts });
    },
    open(sealed, belongsTo) {
      return opening(belongsTo, (facts) => {
        const { own, body } = unwrap(keys, sealed, facts);
        return decrypt(own, body, facts);
      });
    },
    rewrap(sealed, belongsTo) {
      const newest = keys.newest();
      if (sealedUnder(sealed) === masterKeyId(newest)) return null;
      return opening(belongsTo, (facts) => {
        const { own, body } = unwrap(keys, sealed, facts);
        // What would not open must not be given a fresh envelope.
        decrypt(own, body, facts);
        return enclose(newest, own, { body, facts });
      });
    },
  };
}

const factsOf = (belongsTo: readonly string[]): Buffer => Buffer.from(JSON.stringify(belongsTo));

type Body = { readonly body: Buffer; readonly facts: Buffer };

function enclose(master: Buffer, own: Buffer, { body, facts }: Body): string {
  const id = Buffer.from(masterKeyId(master), "hex");
  return Buffer.concat([Buffer.of(NAMED), id, encrypt(master, own, facts), body]).toString(
    "base64",
  );
}

function unwrap(keys: MasterKeys, sealed: string, facts: Buffer) {
  const bytes = Buffer.from(sealed, "base64");
  const id = sealedUnder(sealed);
  if (id === null && bytes[0] !== UNNAMED) throw new RangeError("another version");
  const master = id === null ? keys.oldest() : keys.find(id);
  if (master === undefined) throw new RangeError(`there is no master key ${id}`);
  const rest = bytes.subarray(id === null ? 1 : 1 + KEY_ID_BYTES);
  const own = decrypt(master, rest.subarray(0, WRAPPED_BYTES), facts);
  return { own, body: rest.subarray(WRAPPED_BYTES) };
}

function opening<T>(belongsTo: readonly string[], open: (facts: Buffer) => T): T {
  try {
    return open(factsOf(belongsTo));
  } catch (cause) {
    throw notOpened(belongsTo, cause);
  }
}

function notOpened(belongsTo: readonly string[], cause: unknown): LockstepError {
  return new LockstepError("BAD_MESSAGE", { of: belongsTo.join(" ") }, { cause });
}

function encrypt(key: Buffer, plain: Buffer, facts: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(facts);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, bytes: Buffer, facts: Buffer): Buffer {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(bytes.length - TAG_BYTES);
  const options = { authTagLength: TAG_BYTES };
  const cipher = createDecipheriv(CIPHER, key, nonce, options).setAAD(facts).setAuthTag(tag);
  const text = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
  return Buffer.concat([cipher.update(text), cipher.final()]);
}
