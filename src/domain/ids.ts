/**
 * Ids, keys and partitions are pure functions of what they name: a replay of the same events
 * gives the same rows, and a duplicate finds the row that is already there.
 */
import { hash } from "node:crypto";

export const PARTITION_COUNT = 64;
export const KEY_LENGTH = 16;
const KEY_ORDER_LENGTH = 4;

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SEPARATOR = "\u001f";

function digest(parts: readonly string[]): Buffer {
  return Buffer.from(hash("sha256", parts.join(SEPARATOR), "base64"), "base64");
}

/** A UUID (version 8, RFC 9562) that is a hash of its parts. */
export function idOf(...parts: readonly string[]): string {
  const bytes = digest(parts);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The instruction's key: 16 alphanumerics, small enough for every broker's field. The first four
 * count with the origin (its sequence), so that keys written together lie together in the ledger's
 * index; the other twelve are 71 bits of hash over origin and attempt.
 */
export function keyOf(sequence: number, ...parts: readonly string[]): string {
  const bytes = digest([String(sequence), ...parts]);
  let key = "";
  for (let rest = sequence, place = 0; place < KEY_ORDER_LENGTH; place += 1) {
    key = ALPHABET.charAt(rest % ALPHABET.length) + key;
    rest = Math.floor(rest / ALPHABET.length);
  }
  for (let index = 0; index < KEY_LENGTH - KEY_ORDER_LENGTH; index += 1) {
    key += ALPHABET.charAt(bytes.readUInt16BE(index * 2) % ALPHABET.length);
  }
  return key;
}

/** MetaTrader's magic number for a key: 31 bits, never zero. */
export function magicOf(key: string): number {
  return digest(["magic", key]).readUInt32BE(0) & 0x7fffffff || 1;
}

/** The partition (0..63) whose owner is the one writer for an account. */
export function partitionOf(accountId: string): number {
  return digest(["partition", accountId]).readUInt8(0) % PARTITION_COUNT;
}

/** A whole number from `min` to `max` that looks drawn and is the same for the same parts. */
export function drawnFrom(min: number, max: number, ...parts: readonly string[]): number {
  return min + (digest(["draw", ...parts]).readUInt32BE(0) % (max - min + 1));
}
