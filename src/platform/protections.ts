/**
 * The protections of the order path by name. Each can be switched off in a test build, to show
 * that a test or a simulated seed notices when it is missing.
 */
export const PROTECTIONS = [
  "signal-deduplicated",
  "fence-checked",
  "local-deadline",
  "ledger-before-send",
  "unknown-is-not-rejected",
  "quarantine",
  "sweep",
  "closes-first",
  "gap-means-snapshot",
  "closing-deal-required",
  "kill-at-the-lane",
  "kills-before-arming",
  "asks-before-sending-again",
  "lookup-carries-fence",
  "claimed-before-send",
  "open-expires-in-the-lane",
  "one-order-a-net",
  "closes-what-is-left",
  "closes-go-on",
  "served-only",
  "cancels-unsent-opens",
  "skips-told-again",
  "swept-before-settled",
  "owed-are-decided",
  "unfinished-are-adopted",
  "stale-is-read-again",
  "late-rows-are-rung",
  "rung-before-cleared",
  "divergences-are-retried",
  "outrun-concludes-nothing",
  "compares-on-a-timer",
  "history-explains-nets",
  "looks-until-concluded",
] as const;

export type Protection = (typeof PROTECTIONS)[number];

export type Protections = (name: Protection) => boolean;

export const allProtections: Protections = () => true;

export function protectionsWithout(...off: readonly Protection[]): Protections {
  return (name) => !off.includes(name);
}
