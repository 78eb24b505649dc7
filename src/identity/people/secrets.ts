/**
 * What people prove themselves with: passwords (argon2id), tokens and recovery codes (random, kept as
 * hashes), and codes of the minute (TOTP), each of which counts once.
 */
import { createHash } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { generateSecret, generateURI, verify as verifyCode } from "otplib";
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";

/** About a tenth of a second of one core; tests take less. */
export type HashCost = { readonly memoryCost: number; readonly timeCost: number };
export const HASH_COST: HashCost = { memoryCost: 32_768, timeCost: 3 };

const PASSWORD_MIN = 10;
const PASSWORD_MAX = 256;
const TOKEN_BYTES = 32;
const CODES = 10;
const CODE_BYTES = 10;
const STEP_S = 30;
const ISSUER = "Lockstep";

/** BAD_INPUT for one that is too short, too long, the e-mail address, or known from breaches. */
export async function refuseWeak(password: string, email: string): Promise<void> {
  const plain = password.normalize("NFKC").toLowerCase();
  const weak =
    [...password].length < PASSWORD_MIN ||
    [...password].length > PASSWORD_MAX ||
    (await breached()).has(plain) ||
    new Set(plain).size < 4 ||
    plain === email;
  if (!weak) return;
  const expected = `${PASSWORD_MIN} to ${PASSWORD_MAX} characters that nobody would guess`;
  throw new LockstepError("BAD_INPUT", { field: "password", expected });
}

let known: ReadonlySet<string> | null = null;

/** Of those that breaches have shown most often the ones that are long enough to be asked for. */
async function breached(): Promise<ReadonlySet<string>> {
  if (known === null) {
    const { dictionary } = await import("@zxcvbn-ts/language-common");
    known = new Set(dictionary.passwords.filter(({ length }) => length >= PASSWORD_MIN));
  }
  return known;
}

export const hashPassword = (password: string, cost: HashCost): Promise<string> =>
  hash(password.normalize("NFKC"), { ...cost, parallelism: 1 });

/** Takes as long for nobody's password (null) as for somebody's. */
export async function isPassword(
  password: string,
  hashed: string | null,
  cost: HashCost,
): Promise<boolean> {
  if (hashed !== null) return verify(hashed, password.normalize("NFKC")).catch(() => false);
  await hashPassword(password, cost);
  return false;
}

/** Whether it was made for another cost than passwords are kept for now. */
export function isOutdated(hashed: string, { memoryCost, timeCost }: HashCost): boolean {
  return !hashed.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=1$`);
}

export const newToken = (random: (bytes: number) => Buffer): string =>
  random(TOKEN_BYTES).toString("base64url");

export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Ten, each for one use, as four groups of four letters and digits. */
export function newRecoveryCodes(random: (bytes: number) => Buffer): string[] {
  return Array.from({ length: CODES }, () => {
    const text = random(CODE_BYTES).toString("hex").slice(0, 16);
    return (text.match(/.{4}/g) ?? []).join("-");
  });
}

export const plainCode = (code: string): string => code.toLowerCase().replace(/[^0-9a-z]/g, "");

export const newTotpSeed = (): string => generateSecret();

export const totpUri = (email: string, seed: string): string =>
  generateURI({ issuer: ISSUER, label: email, secret: seed });

/** The step of a code that is right now and comes after the last that counted; null: it is not. */
export async function totpStep(
  seed: string,
  code: string,
  { now, after }: { readonly now: Instant; readonly after: number | null },
): Promise<number | null> {
  if (!/^\d{6}$/.test(code)) return null;
  try {
    const found = await verifyCode({
      secret: seed,
      token: code,
      epoch: Math.floor(now / 1_000),
      epochTolerance: STEP_S,
      ...(after === null ? {} : { afterTimeStep: after }),
    });
    return found.valid && "timeStep" in found ? found.timeStep : null;
  } catch {
    // The last that counted lies beyond all that could: a clock was set back. None counts.
    return null;
  }
}
