/**
 * Who speaks: keys and proofs of the terminal protocol (mql/PROTOCOL.md), both sides.
 * Every proof is HMAC-SHA256 (RFC 2104) over lines that begin with what the proof is for, so that
 * none can stand for another.
 */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { Up } from "./wire.ts";

type Key = Buffer | string;

function proof(key: Key, purpose: string, parts: readonly (string | number)[]): Buffer {
  return createHmac("sha256", key)
    .update([`lockstep-1 ${purpose}`, ...parts].join("\n"))
    .digest();
}

/** What the hub drew for one session. */
export type Challenge = { readonly nonce: string; readonly session: string };

export type Hello = Up<"hello">;

/** The key that pairing makes; the secret is the code's last 20 characters. */
export function deviceKey(
  secret: string,
  device: string,
  hello: Pick<Hello, "login" | "server" | "nonce">,
  challenge: Pick<Challenge, "nonce">,
): Buffer {
  const { login, server, nonce } = hello;
  return proof(secret, "device", [device, login, server, challenge.nonce, nonce]);
}

export function terminalMac(key: Key, device: string, hello: Hello, challenge: Challenge): Buffer {
  const { login, server, platform, mode, currency, epoch, run, seq, fence, nonce } = hello;
  const facts = [device, login, server, platform, mode, currency, epoch, run, seq, fence];
  return proof(key, "terminal", [...facts, challenge.nonce, nonce, challenge.session]);
}

export function hubMac(
  key: Key,
  device: string,
  hello: Pick<Hello, "epoch" | "nonce">,
  challenge: Challenge,
): Buffer {
  const { epoch, nonce } = hello;
  return proof(key, "hub", [device, epoch, challenge.nonce, nonce, challenge.session]);
}

export function sessionKey(key: Key, helloNonce: string, challenge: Challenge): Buffer {
  return proof(key, "session", [challenge.nonce, helloNonce, challenge.session]);
}

/** Of the first line of a post or a reply, over the bytes that follow it. */
export function bodyMac(
  key: Key,
  what: "post" | "reply",
  head: { readonly session: string; readonly req: number; readonly hub: number },
  rest: string | Buffer,
): Buffer {
  const digest = hash("sha256", rest, "hex");
  return proof(key, what, [head.session, head.req, head.hub, digest]);
}

/** In a time that does not depend on where they differ. */
export function sameMac(expected: Buffer, hex: string): boolean {
  const given = Buffer.from(hex, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID_LENGTH = 8;
const CODE_LENGTH = 28;

export type PairingCode = { readonly id: string; readonly secret: string };

/** 40 bits of id and 100 of secret; `bytes` are 28 random ones. */
export function pairingCode(bytes: Uint8Array): PairingCode {
  const text = [...bytes.subarray(0, CODE_LENGTH)].map((b) => CODE_ALPHABET[b & 31]).join("");
  return { id: text.slice(0, ID_LENGTH), secret: text.slice(ID_LENGTH) };
}

export function writtenCode({ id, secret }: PairingCode): string {
  return [id, ...(secret.match(/.{5}/g) ?? [])].join("-");
}

/** As typed by a person, or null where it is no code. */
export function typedCode(typed: string): PairingCode | null {
  const text = typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
  if (text.length !== CODE_LENGTH) return null;
  return { id: text.slice(0, ID_LENGTH), secret: text.slice(ID_LENGTH) };
}
