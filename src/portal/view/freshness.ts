/**
 * Whether figures may be read as live. Old numbers are never shown as new ones: the worse of what
 * the gateway says and of what the age says wins.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Link } from "../live.ts";
import { clockTime, duration } from "./format.ts";

export type Freshness = "live" | "delayed" | "stale" | "offline";

const DELAYED_AFTER_MS = 5_000;
const STALE_AFTER_MS = 30_000;
const OFFLINE_AFTER_MS = 120_000;

/** `asOf` is when the figures were true, null where there never were any. */
export function freshnessOf(link: Link, asOf: Instant | null, now: Instant): Freshness {
  if (link === "offline" || asOf === null) return "offline";
  const ageMs = now - asOf;
  if (ageMs > OFFLINE_AFTER_MS) return "offline";
  if (link === "stale" || ageMs > STALE_AFTER_MS) return "stale";
  return ageMs > DELAYED_AFTER_MS ? "delayed" : "live";
}

/** "live", "delayed 12 s", "last 14:02:11", "offline since 14:02:11". */
export function freshnessWords(freshness: Freshness, asOf: Instant | null, now: Instant): string {
  switch (freshness) {
    case "live":
      return "live";
    case "delayed":
      return `delayed ${duration(now - (asOf ?? now))}`;
    case "stale":
      return `last ${clockTime(asOf)}`;
    case "offline":
      return asOf === null ? "never connected" : `offline since ${clockTime(asOf)}`;
  }
}
