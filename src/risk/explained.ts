/**
 * Whether a change of balance is explained by the deals and payments that were heard. A terminal
 * may tell figures a moment before the payment that is in them: taken at once, a withdrawal would
 * look like a loss.
 * Invariant: what nobody explains within the grace counts as a result, so that no loss is held back
 * for longer.
 */
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";

export const GRACE_MS = 1_500;

export type Explained = {
  /** The balance that was last taken, and what was heard since; null: none yet. */
  readonly known: { readonly balance: Fixed; readonly heard: Fixed } | null;
  /** Since when a balance has stood unexplained. */
  readonly since: Instant | null;
};

export const NOTHING_EXPLAINED: Explained = { known: null, since: null };

/** A balance that is right, whatever led to it. */
export const rebased = (balance: Fixed): Explained => ({
  known: { balance, heard: 0n },
  since: null,
});

export function heard(explained: Explained, booked: Fixed): Explained {
  const { known } = explained;
  if (known === null) return explained;
  return { ...explained, known: { ...known, heard: known.heard + booked } };
}

/** `isTaken`: the balance may be measured. */
export function judged(
  explained: Explained,
  balance: Fixed,
  now: Instant,
): { readonly explained: Explained; readonly isTaken: boolean } {
  const { known, since } = explained;
  const isExplained = known === null || known.balance + known.heard === balance;
  if (isExplained) {
    const isSame = known?.heard === 0n && since === null;
    return { explained: isSame ? explained : rebased(balance), isTaken: true };
  }
  if (since === null) return { explained: { ...explained, since: now }, isTaken: false };
  if (now - since < GRACE_MS) return { explained, isTaken: false };
  return { explained: rebased(balance), isTaken: true };
}
