/**
 * How amounts, volumes, prices and times are written on a page.
 * Amounts stay decimals all the way: Intl gets decimal text, never a float. Minus is U+2212, which
 * is as wide as a digit where figures are tabular. Instants are written in UTC.
 */
import { type Fixed, formatFixed, roundHalfEven } from "../../domain/fixed.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";

/** What stands where there is nothing to show. */
export const NOTHING = "–";

export type Tone = "up" | "down" | "flat";

const CURRENCY_DIGITS_DEFAULT = 2;
const POINT_DIGITS_MAX = 8;

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(digits: number, signed: boolean): Intl.NumberFormat {
  const key = `${digits}${signed}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? "exceptZero" : "negative",
  });
  formats.set(key, made);
  return made;
}

const currencyDigits = new Map<string, number>();

/** Minor digits of an ISO 4217 code; two where the code is not one (a token, a cent account). */
function digitsOf(currency: string): number {
  const known = currencyDigits.get(currency);
  if (known !== undefined) return known;
  let digits = CURRENCY_DIGITS_DEFAULT;
  if (/^[A-Z]{3}$/.test(currency)) {
    const resolved = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
    digits = resolved.maximumFractionDigits ?? CURRENCY_DIGITS_DEFAULT;
  }
  currencyDigits.set(currency, digits);
  return digits;
}

function decimal(value: Fixed, digits: number, signed: boolean): string {
  const exact = formatFixed(roundHalfEven(value, digits)) as `${number}`;
  return numberFormat(digits, signed).format(exact).replace("-", "−");
}

/** "12,345.60": an amount in the currency's minor unit, half-even. */
export function money(value: Fixed | null, currency: string): string {
  return value === null ? NOTHING : decimal(value, digitsOf(currency), false);
}

/** "+12.30", "−4.00", "0.00": a profit, its sign always printed. */
export function profit(value: Fixed | null, currency: string): string {
  return value === null ? NOTHING : decimal(value, digitsOf(currency), true);
}

/** The tone of a profit as it is printed: what rounds to zero is flat. */
export function toneOf(value: Fixed | null, currency: string): Tone {
  const shown = value === null ? 0n : roundHalfEven(value, digitsOf(currency));
  if (shown === 0n) return "flat";
  return shown > 0n ? "up" : "down";
}

/** Lots, at least two places: "0.50", "0.005". */
export function lots(value: Fixed | null): string {
  return value === null ? NOTHING : formatFixed(value, 2);
}

/** A price with the decimals of its symbol. */
export function price(value: Fixed | null, digits: number): string {
  return value === null ? NOTHING : formatFixed(value, digits);
}

/** A price distance in points of 10^-digits, signed: "+3 pt". */
export function points(distance: Fixed | null, digits: number): string {
  if (distance === null) return NOTHING;
  return `${decimal(distance * 10n ** BigInt(Math.min(digits, POINT_DIGITS_MAX)), 0, true)} pt`;
}

/** A statistic in percent: "412 %". */
export function percent(value: number | null): string {
  return value === null ? NOTHING : `${numberFormat(0, false).format(value)} %`;
}

/** A statistical change, signed: "+0.42 %". */
export function change(fraction: number | null): string {
  if (fraction === null) return NOTHING;
  return `${numberFormat(2, true)
    .format(fraction * 100)
    .replace("-", "−")} %`;
}

/** Whole numbers with thousands separated. */
export function count(value: number): string {
  return numberFormat(0, false).format(value);
}

/** A duration in words that stay short: "0.4 ms", "3.4 ms", "240 ms", "1.2 s", "3 min", "2 h". */
export function duration(ms: number | null): string {
  if (ms === null) return NOTHING;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 59_500) return `${(ms / 1_000).toFixed(0)} s`;
  if (ms < 3_570_000) return `${Math.max(1, Math.round(ms / 60_000))} min`;
  return `${Math.max(1, Math.round(ms / 3_600_000))} h`;
}

/** "14:02:11", UTC. */
/** "2026-03-01 12:00:05": the day and the time in UTC. */
export const dateTime = (at: Instant): string => formatInstant(at).slice(0, 19).replace("T", " ");

export function clockTime(at: Instant | null): string {
  return at === null ? NOTHING : formatInstant(at).slice(11, 19);
}

/** "14:02:11.240", UTC. */
export function clockTimeMs(at: Instant): string {
  return formatInstant(at).slice(11, 23);
}
