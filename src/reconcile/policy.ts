/**
 * What is done about the divergences of a subscription by itself: told, realigned within limits, or
 * left alone. Pure.
 * Invariant: what a person closed by hand is never opened again but by a person.
 */
import { z } from "zod";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { DIVERGENCE_CAUSES, type Divergence, type DivergenceCause } from "./divergence.ts";
import type { Proposal } from "./proposal.ts";

const CAUSES = Object.keys(DIVERGENCE_CAUSES) as [DivergenceCause, ...DivergenceCause[]];
const GRACE_MS_MAX = 86_400_000;
const lots = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,8})?$/, "a decimal such as 0.50")
  .transform(parseFixed);

export const policySchema = z.strictObject({
  action: z
    .enum(["alert", "realign", "never"])
    .default("alert")
    .describe(
      "alert: told and left to people; realign: by itself within limits; never: kept, told to nobody.",
    ),
  graceMs: z
    .number()
    .int()
    .min(0)
    .max(GRACE_MS_MAX)
    .default(30_000)
    .describe("How long a divergence stands before anything is done about it by itself."),
  causes: z
    .array(z.enum(CAUSES))
    .default(["MISSED", "LATE", "REJECTED", "PARTIAL", "STOPS"])
    .describe(
      "Which are realigned by themselves: CLOSED_BY_HAND never is, and what nothing explains only where it is named.",
    ),
  volumeMax: lots.optional().describe("The most lots that are realigned by themselves at once."),
  costMax: lots
    .optional()
    .describe("The most that it may cost over the master's price, in the account's currency."),
  tellsOwn: z.boolean().default(false).describe("Also tell of positions that are no copies."),
});

export type Policy = z.output<typeof policySchema>;

export const DEFAULT_POLICY: Policy = policySchema.parse({});

/** As the ledger has it: one that this version cannot read counts as none, and nothing is done by itself. */
export function readPolicy(json: unknown): Policy {
  const parsed = policySchema.safeParse(json ?? {});
  return parsed.success ? parsed.data : DEFAULT_POLICY;
}

/** Whether it is realigned now without anybody asking. */
export function realignsItself(
  policy: Policy,
  divergence: Divergence,
  { proposal, now }: { readonly proposal: Proposal; readonly now: Instant },
): boolean {
  const { action, graceMs, causes, volumeMax, costMax } = policy;
  if (action !== "realign" || divergence.cause === "CLOSED_BY_HAND") return false;
  if (!proposal.possible || !causes.includes(divergence.cause)) return false;
  if (now - divergence.openedAt < graceMs || isIgnored(divergence, now)) return false;
  const volume = proposal.orders.reduce((sum, one) => sum + (one.volume ?? 0n), 0n);
  return within(volume, volumeMax) && within(proposal.cost, costMax);
}

/** Whether people are to be told of it: what is over before its grace was not worth a word. */
export function isTold(
  { action, graceMs }: Policy,
  divergence: Pick<Divergence, "openedAt" | "ignoredUntil">,
  now: Instant,
): boolean {
  if (action === "never" || isIgnored(divergence, now)) return false;
  return now - divergence.openedAt >= graceMs;
}

/** What is not known is over every limit. */
const within = (value: Fixed | null, most: Fixed | undefined): boolean =>
  most === undefined || (value !== null && value <= most);

const isIgnored = ({ ignoredUntil }: Pick<Divergence, "ignoredUntil">, now: Instant): boolean =>
  (ignoredUntil ?? 0) > now;
