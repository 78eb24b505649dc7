/** The secret of an API key: 256 random bits behind a prefix that tells what it reaches. */
import { createHash } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { LockstepError } from "../../domain/errors.ts";

export type KeyMode = "test" | "live";

const BYTES = 32;
const HINT_LENGTH = 12;
const SHAPE = /^ck_(test|live)_[A-Za-z0-9_-]{43}$/;

export function newSecret(mode: KeyMode, random: (bytes: number) => Buffer): string {
  return `ck_${mode}_${random(BYTES).toString("base64url")}`;
}

/** Null where the text cannot be a key: then nobody needs to be asked. */
export function sha256Of(secret: string): Buffer | null {
  return SHAPE.test(secret) ? createHash("sha256").update(secret).digest() : null;
}

/** Enough to tell one's keys apart, and nothing to guess the rest by. */
export const hintOf = (secret: string): string => secret.slice(0, HINT_LENGTH);

/** BAD_INPUT where one is neither an address nor a network such as 10.0.0.0/8. */
export function networksOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = "", bits] = text.split("/");
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (version === 0 || !isPrefix) {
      const expected = "an address, or a network such as 192.0.2.0/24";
      throw new LockstepError("BAD_INPUT", { field: "networks", value: text, expected });
    }
    const family = version === 4 ? "ipv4" : "ipv6";
    list.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return list;
}

/** With an empty list everybody; an unknown address never is on a list. */
export function isWithin(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true;
  if (address === null) return false;
  // An IPv4 client of a socket that takes both.
  const plain = address.replace(/^::ffff:/i, "");
  const version = isIP(plain);
  if (version === 0) return false;
  return networksOf(networks).check(plain, version === 4 ? "ipv4" : "ipv6");
}
