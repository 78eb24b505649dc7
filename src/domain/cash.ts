/**
 * What changes an account's balance or credit and is no trade. Deposits and withdrawals are flows:
 * neither profit nor loss. A fee, interest, a dividend or a broker's correction is the account's own
 * result, and credit is the broker's money.
 */
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";

export const CASH_KINDS = [
  "deposit",
  "withdrawal",
  "credit",
  "fee",
  "interest",
  "dividend",
  "correction",
] as const;

export type CashKind = (typeof CASH_KINDS)[number];

export type CashMovement = {
  /** The broker's own, unique in the account. */
  readonly id: string;
  readonly kind: CashKind;
  /** In the account's currency; below zero for what leaves it. Of a credit: what it changes by. */
  readonly amount: Fixed;
  readonly comment: string;
  readonly at: Instant;
};

/** What it adds to what was paid in. */
export function flowOf({ kind, amount }: Pick<CashMovement, "kind" | "amount">): Fixed {
  return kind === "deposit" || kind === "withdrawal" ? amount : 0n;
}

/** What it adds to the balance. */
export function bookedOf({ kind, amount }: Pick<CashMovement, "kind" | "amount">): Fixed {
  return kind === "credit" ? 0n : amount;
}
