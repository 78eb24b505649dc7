/** Loss and profit limits of a subscription or an account, as they are written in rules. */
import { z } from "zod";
import { ONE } from "../../domain/fixed.ts";
import { PERIODS, parseTimeOfDay } from "../../domain/period.ts";
import { isZoneName } from "../../domain/time-zone.ts";
import { DAY_MS } from "./bounds.ts";
import { together } from "./merge.ts";
import { decimal, oneOf, setting, whole } from "./settings.ts";

const LIMITS_MAX = 100;
const MEASURES = [
  "equity-from-peak",
  "equity-from-equity",
  "equity-from-balance",
  "equity-from-higher",
  "balance-from-balance",
] as const;
const ACTIONS = ["alert", "close-only", "close-all-and-stop"] as const;

const amount = decimal({ above: "0" });
const share = decimal({ above: "0", max: "1" });

const limit = z
  .strictObject({
    measure: oneOf(MEASURES),
    kind: oneOf(["loss", "profit"]).default("loss"),
    period: oneOf([...PERIODS, "lifetime", "since"]),
    rolling: z.boolean().default(false),
    since: z.iso.date({ error: 'must be a date such as "2025-01-31"' }).nullable().default(null),
    timeZone: z
      .string()
      .refine(isZoneName, { error: 'must be the name of a time zone, such as "Europe/Athens"' })
      .default("UTC"),
    resetAt: z
      .string()
      .refine((text) => parseTimeOfDay(text) !== null, { error: 'must be a time such as "17:00"' })
      .default("00:00"),
    absolute: amount.nullable().default(null),
    relative: amount.nullable().default(null),
    alertAt: share.nullable().default(null),
    closeOnlyAt: share.nullable().default(null),
    actAt: share.default(ONE),
    action: oneOf(ACTIONS).default("close-only"),
    debounceMs: whole(0, DAY_MS).default(0),
    startAmount: amount.nullable().default(null),
  })
  .superRefine((one, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if ((one.absolute === null) === (one.relative === null)) {
      fault("relative", "give either absolute or relative as the threshold, and not both");
    }
    if (one.kind === "loss" && one.relative !== null && one.relative > ONE) {
      fault("relative", "must be at most 1 for a loss: no more than all can be lost");
    }
    if ((one.period === "since") !== (one.since !== null)) {
      fault("since", "is needed by the period since, and only there");
    }
    if (one.rolling && (one.period === "since" || one.period === "lifetime")) {
      fault("rolling", `has no meaning for the period ${one.period}`);
    }
    if (one.alertAt !== null && one.alertAt >= (one.closeOnlyAt ?? one.actAt)) {
      fault("alertAt", "must be below the next stage");
    }
    if (one.closeOnlyAt !== null && one.closeOnlyAt >= one.actAt) {
      fault("closeOnlyAt", "must be below actAt");
    }
  });

export const limits = setting(
  z.array(limit).max(LIMITS_MAX),
  [],
  "Loss and profit limits: what is measured, over which period and time zone, the threshold as an amount or a share, and what is done at a part of it and at the whole. Deposits and withdrawals count as neither. Of a follower account's layer, one limit for all that the account copies.",
  together,
);
