/** An event of the economic calendar: a release at a moment, or a holiday of a whole day. */
import type { Instant } from "../domain/instant.ts";

export const IMPACTS = ["high", "medium", "low", "holiday"] as const;
export type Impact = (typeof IMPACTS)[number];

/** Matches every currency: a meeting that moves all markets. */
export const EVERY_CURRENCY = "ALL";

export type CalendarEvent = {
  readonly at: Instant;
  /** Equal to `at` for a release; its end for what lasts whole days. */
  readonly until: Instant;
  /** Three capital letters, or ALL. */
  readonly currency: string;
  readonly impact: Impact;
  readonly title: string;
};

/** What a file may leave out because somebody has said it for the whole file. */
export type CalendarDefaults = {
  /** For times that name no zone of their own; null refuses them. */
  readonly timeZone: string | null;
  readonly currency: string | null;
  readonly impact: Impact | null;
};

export const EVENTS_MAX = 200_000;
export const TITLE_LENGTH_MAX = 200;

export const CURRENCY_EXPECTED = "three letters such as USD, or ALL";
export const IMPACT_EXPECTED = IMPACTS.join(", ");

export function readCurrency(text: string): string | null {
  const upper = text.trim().toUpperCase();
  return /^[A-Z]{3}$/.test(upper) ? upper : null;
}

export function readImpact(text: string): Impact | null {
  const lower = text.trim().toLowerCase();
  return IMPACTS.find((impact) => impact === lower) ?? null;
}

/** One line of at most 200 characters, so that a stranger's text cannot draw on a screen. */
export function titleOf(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > TITLE_LENGTH_MAX ? `${line.slice(0, TITLE_LENGTH_MAX - 1)}…` : line;
}
