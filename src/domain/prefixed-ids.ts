/**
 * Ids as people and programs see them: a prefix that says of what, and the UUID in Crockford's
 * base32. Invariants: one id has one spelling; what has another prefix, length or case is no id.
 */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 26;
const UUID_HEX = 32;
const MAX = 1n << 128n;
const BITS = 5n;

export const PREFIXES = {
  account: "acct",
  group: "grp",
  broker: "brk",
  connection: "conn",
  strategy: "strat",
  version: "sver",
  subscription: "sub",
  signal: "sig",
  decision: "dec",
  divergence: "div",
  incident: "inc",
  operation: "op",
  webhook: "we",
  delivery: "wd",
  event: "evt",
  user: "usr",
  rule: "rule",
  key: "key",
} as const;

export type IdKind = keyof typeof PREFIXES;

/** The pattern of an id of one UUID, or of several one after the other. */
export function idPattern(kind: IdKind, uuids = 1): RegExp {
  return new RegExp(`^${PREFIXES[kind]}_([0-7][${ALPHABET}]{${LENGTH - 1}}){${uuids}}$`);
}

export function idText(kind: IdKind, ...uuids: readonly string[]): string {
  return `${PREFIXES[kind]}_${uuids.map(base32).join("")}`;
}

/** The UUIDs of an id that fits `idPattern`. */
export function uuidsOf(id: string): readonly string[] {
  const digits = id.slice(id.indexOf("_") + 1);
  const count = digits.length / LENGTH;
  return Array.from({ length: count }, (_, index) =>
    uuid(digits.slice(index * LENGTH, (index + 1) * LENGTH)),
  );
}

function base32(text: string): string {
  let value = BigInt(`0x${text.replaceAll("-", "")}`) % MAX;
  let digits = "";
  for (let place = 0; place < LENGTH; place += 1) {
    digits = ALPHABET.charAt(Number(value & 31n)) + digits;
    value >>= BITS;
  }
  return digits;
}

function uuid(digits: string): string {
  let value = 0n;
  for (const digit of digits) value = (value << BITS) | BigInt(ALPHABET.indexOf(digit));
  const hex = value.toString(16).padStart(UUID_HEX, "0");
  return [0, 8, 12, 16, 20]
    .map((start, index, starts) => hex.slice(start, starts[index + 1]))
    .join("-");
}
