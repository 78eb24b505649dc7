/** How a subscription copies, beyond size, filters, guards and stops. */
import { z } from "zod";
import { LIST_MAX } from "./bounds.ts";
import { strictestOf, xor } from "./merge.ts";
import { decimal, oneOf, section, setting, whole } from "./settings.ts";

const WAIT_MS_MAX = 600_000;
const SUBSCRIPTION_MODES = ["active", "close-only", "paused", "monitor", "stopped"] as const;

const pair = z.strictObject({
  from: z.string().min(1).max(64),
  to: z.string().min(1).max(64),
  priceFactor: decimal({ above: "0", max: "1000000" }).optional(),
});

export const symbolMap = section({
  suffix: setting(
    z.string().max(32),
    "",
    "How the names at the follower's broker end: .vip makes EURUSD.vip of EURUSD.",
  ),
  pairs: setting(
    z.array(pair).max(LIST_MAX),
    [],
    "Names that differ altogether: the master's and the follower's broker's own. With a priceFactor the own price is the master's times the factor.",
  ),
});

export const behaviour = {
  reverse: setting(
    z.boolean(),
    false,
    "Trade the other side; the master's take-profit becomes the own stop-loss and the other way round, at the same distances.",
    xor,
  ),
  includeCredit: setting(
    z.boolean(),
    false,
    "Count the broker's credit as the follower's equity and free margin when sizing.",
  ),
  carryRemainder: setting(
    z.boolean(),
    false,
    "Add what rounding lost to the next copy of the same symbol, at most one volume step.",
  ),
  shrinkToMargin: setting(
    z.boolean(),
    false,
    "Open less where the free margin does not suffice, instead of not at all.",
  ),
  copyExisting: setting(
    oneOf(["none", "better-price-only", "all"]),
    "none",
    "Whether positions from before the subscription are copied: not, only where the own price is as good as the master's or better, or all.",
  ),
  mode: setting(
    oneOf(SUBSCRIPTION_MODES),
    "active",
    "active copies; close-only and paused open nothing and still close; monitor decides and sends nothing; stopped ends the subscription.",
    strictestOf(SUBSCRIPTION_MODES),
  ),
  waitForStopMs: setting(
    whole(0, WAIT_MS_MAX),
    0,
    "How long an open that is sized by risk waits for the master's stop-loss, in milliseconds since the master's deal, before it is skipped; not where assumedStopPoints stand in for it.",
  ),
  reduceCorrelation: setting(
    oneOf(["off", "by-strategy", "by-account"]),
    "off",
    "Subtract what copies hold already of either currency on the same side: of this subscription, or of the whole account.",
  ),
};
