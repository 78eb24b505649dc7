/** A UTC instant in milliseconds since 1970, and how it is written. */
export type Instant = number;

/** RFC 3339 in UTC with milliseconds. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}
