/**
 * Secrets at rest, in envelopes: each has a key of its own (AES-256-GCM, random), which is sealed in
 * turn by one that is not in the database. What a secret belongs to is authenticated with it, so
 * that a sealed text moved to another row does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { LockstepError } from "../domain/errors.ts";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 1;
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

export type Sealer = {
  /** `belongsTo`: such as the tenant, the table and the row. */
  seal(secret: Buffer, belongsTo: readonly string[]): string;
  /** BAD_MESSAGE for what was not sealed so, by this key and for this row. */
  open(sealed: string, belongsTo: readonly string[]): Buffer;
};

/** `masterKey`: 32 bytes. */
export function sealer(masterKey: Buffer): Sealer {
  if (masterKey.length !== KEY_BYTES) {
    throw new LockstepError("BAD_CONFIG", { key: "the master key must have 32 bytes" });
  }
  return {
    seal(secret, belongsTo) {
      const facts = Buffer.from(JSON.stringify(belongsTo));
      const own = randomBytes(KEY_BYTES);
      const parts = [encrypt(masterKey, own, facts), encrypt(own, secret, facts)];
      return Buffer.concat([Buffer.of(VERSION), ...parts]).toString("base64");
    },
    open(sealed, belongsTo) {
      const facts = Buffer.from(JSON.stringify(belongsTo));
      const bytes = Buffer.from(sealed, "base64");
      const wrapped = bytes.subarray(1, 1 + WRAPPED_BYTES);
      try {
        if (bytes[0] !== VERSION) throw new RangeError("another version");
        return decrypt(
          decrypt(masterKey, wrapped, facts),
          bytes.subarray(1 + WRAPPED_BYTES),
          facts,
        );
      } catch (cause) {
        throw notOpened(belongsTo, cause);
      }
    },
  };
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
