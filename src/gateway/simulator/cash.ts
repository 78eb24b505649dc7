/**
 * Money paid into or out of an account, and credit given or taken. What would leave less than
 * nothing free, or of the credit, is refused, as no broker lets it happen.
 */
import { bookedOf, type CashKind, type CashMovement } from "../../domain/cash.ts";
import { LockstepError } from "../../domain/errors.ts";
import { type Fixed, formatFixed } from "../../domain/fixed.ts";
import type { NumberedDesk } from "./execution.ts";
import type { CashRecord } from "./records.ts";

export type Payment = {
  readonly kind: CashKind;
  /** Below zero for what leaves the account. */
  readonly amount: Fixed;
  readonly comment?: string;
};

/** Throws BAD_INPUT. */
export function cashRecordOf(desk: NumberedDesk, payment: Payment): CashRecord {
  const { account, at, nextDeal } = desk;
  const { kind, amount, comment = "" } = payment;
  const booked = bookedOf(payment);
  const credit = account.credit + (kind === "credit" ? amount : 0n);
  refuse(payment, kind === "deposit" ? amount > 0n : amount !== 0n, "an amount above zero");
  refuse(payment, kind !== "withdrawal" || amount < 0n, "an amount below zero");
  refuse(payment, credit >= 0n, `no more than the credit of ${formatFixed(account.credit)}`);
  const free = account.figures()?.freeMargin ?? account.balance;
  const leaves = kind === "withdrawal" ? amount : 0n;
  refuse(payment, free + leaves >= 0n, `no more than what is free, ${formatFixed(free)}`);
  const movement: CashMovement = { id: String(nextDeal), kind, amount, comment, at };
  const { login } = account.terms;
  const sequence = account.sequence + 1;
  return {
    ...{ type: "cash", at, login, sequence, movement },
    ...{ balance: account.balance + booked, credit },
  };
}

function refuse({ kind, amount }: Payment, isSound: boolean, expected: string): void {
  if (isSound) return;
  throw new LockstepError("BAD_INPUT", { [kind]: formatFixed(amount), expected });
}
