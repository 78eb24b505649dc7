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
] as const;

export type Protection = (typeof PROTECTIONS)[number];

export type Protections = (name: Protection) => boolean;

export const allProtections: Protections = () => true;

export function protectionsWithout(...off: readonly Protection[]): Protections {
  return (name) => !off.includes(name);
}
