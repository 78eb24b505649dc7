/** Hands out pairing codes: each for one account, once, and for a quarter of an hour. */
import type { AccountRef } from "../../domain/account.ts";
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Clock } from "../../platform/clock.ts";
import type { NewOffer, Whom } from "./device-store.ts";
import { pairingCode, writtenCode } from "./proofs.ts";

const CODE_MS = 15 * 60_000;
const CODE_BYTES = 28;
const DRAWS_MAX = 5;

export type PairingDeps = {
  readonly store: { keepOffer(offer: NewOffer): Promise<boolean> };
  readonly clock: Clock;
  random(bytes: number): Buffer;
};

export type HandedOut = {
  /** Of the code, and of the device that comes of it. */
  readonly id: string;
  /** As it is typed at the terminal; shown once, and not kept. */
  readonly code: string;
  readonly expiresAt: Instant;
};

export async function handOutCode(
  deps: PairingDeps,
  account: AccountRef,
  by: Whom,
): Promise<HandedOut> {
  const { store, clock, random } = deps;
  const expiresAt = clock.now() + CODE_MS;
  for (let draw = 0; draw < DRAWS_MAX; draw += 1) {
    const code = pairingCode(random(CODE_BYTES));
    if (await store.keepOffer({ account, code, expiresAt, by })) {
      return { id: code.id, code: writtenCode(code), expiresAt };
    }
  }
  throw new LockstepError("LIMIT_REACHED", { what: "drawing a pairing code" });
}
