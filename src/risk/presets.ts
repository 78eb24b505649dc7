/**
 * The limits of prop-firm accounts: a daily loss from the midnight balance (or the higher of balance
 * and equity) by a percentage of the initial size, and a trailing or fixed total loss. Measured on
 * the equity, open profit included, and acting at nine tenths without a debounce: the firm's own
 * limit ends the account, so that ours has to come first.
 */
import { type Fixed, multiply, parseFixed } from "../domain/fixed.ts";
import { DEFAULT_LIMIT, type RiskLimit } from "./limit.ts";

export type PropFirmTerms = {
  /** In the account's currency. */
  readonly initialSize: Fixed;
  /** A share of the initial size: 0.05 is five percent. */
  readonly dailyLoss: Fixed;
  readonly dailyFrom: "balance" | "higher";
  readonly totalLoss: Fixed;
  /** trailing: from the highest equity ever; fixed: from the initial size. */
  readonly total: "trailing" | "fixed";
  /** The firm's midnight. */
  readonly timeZone: string;
  readonly resetAt: string;
};

const ACT_AT = parseFixed("0.9");
const ALERT_AT = parseFixed("0.7");

export function propFirmLimits(terms: PropFirmTerms): readonly RiskLimit[] {
  const { initialSize, timeZone, resetAt } = terms;
  const common = {
    ...DEFAULT_LIMIT,
    timeZone,
    resetAt,
    alertAt: ALERT_AT,
    actAt: ACT_AT,
    action: "close-all-and-stop",
  } as const;
  return [
    {
      ...common,
      measure: terms.dailyFrom === "balance" ? "equity-from-balance" : "equity-from-higher",
      period: "day",
      absolute: multiply(initialSize, terms.dailyLoss),
    },
    {
      ...common,
      measure: terms.total === "trailing" ? "equity-from-peak" : "equity-from-balance",
      period: "lifetime",
      absolute: multiply(initialSize, terms.totalLoss),
      startAmount: initialSize,
    },
  ];
}
