/** How well a strategy copies, as text. Pure. */
import { SKIP_REASONS, type SkipReason } from "../../domain/codes.ts";
import { parseFixed } from "../../domain/fixed.ts";
import type { Copying, FollowerQuality } from "../../records/copying.ts";
import { dateTime, duration, lots, NOTHING, profit, toneOf } from "../view/format.ts";

export function copyingView({ whole, followers, reasons, deals }: Copying, currency: string) {
  return {
    whole: whole === null || whole.decided === 0 ? null : qualityOf(whole),
    followers: followers.map((one) => ({
      ...qualityOf(one),
      name: one.account ?? "another follower",
      href: one.account === null ? null : `/subscriptions/${one.subscription_id}`,
    })),
    reasons: reasons.map(({ reason, many }) => ({
      many: String(many),
      words: SKIP_REASONS[reason as SkipReason] ?? reason,
    })),
    deals: deals.map((deal) => ({
      ...{ at: dateTime(deal.at.getTime()), symbol: deal.symbol },
      // The deal that closes is on the other side of the position that it closes.
      side: deal.side === "buy" ? "sell" : "buy",
      lots: lots(parseFixed(deal.volume)),
      price: String(Number(deal.price)),
      profit: profit(parseFixed(deal.profit), currency),
      tone: toneOf(parseFixed(deal.profit), currency),
    })),
  };
}

function qualityOf(one: FollowerQuality) {
  const { decided, copied, rejected } = one;
  return {
    share: decided === 0 ? NOTHING : `${((copied / decided) * 100).toFixed(0)} %`,
    of: `${copied} of ${decided}`,
    rejected: String(rejected),
    slippage: pt(one.slippage_median),
    slippageP95: pt(one.slippage_p95),
    delay: duration(one.delay_median_ms),
    delayP95: duration(one.delay_p95_ms),
  };
}

/** Positive is worse: the sign is printed, the words say which way. */
function pt(value: number | null): string {
  if (value === null) return NOTHING;
  const text = Math.abs(value).toFixed(1);
  if (text === "0.0") return "0 pt";
  return value > 0 ? `${text} pt worse` : `${text} pt better`;
}
