/**
 * Which of the master's opens a subscription wants at all: symbols, sides, magic numbers, the
 * master's lots, comments, what a pending order opened, and the master's drawdown, asked in this
 * order, by the master's own names. Only opens are ever filtered.
 */
import { formatFixed } from "../domain/fixed.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import type { SignalView } from "./view.ts";

export function filterOpen(view: SignalView, rules: Rules): Refusal | null {
  const { symbol, side, magic, volume } = view.signal;
  if (!rules.symbols.admits(symbol)) {
    return refuse("SYMBOL_EXCLUDED", { step: "filter", symbol });
  }
  if (!rules.sides[side]) return refuse("SIDE_EXCLUDED", { step: "filter", side });
  if (!rules.magic.admits(magic)) {
    return refuse("MAGIC_EXCLUDED", { step: "filter", magic: String(magic) });
  }
  const { min, max } = rules.masterVolume;
  if ((min !== null && volume < min) || (max !== null && volume > max)) {
    return refuse("MASTER_VOLUME", {
      step: "filter",
      masterVolume: formatFixed(volume),
      ...(min === null ? {} : { min: formatFixed(min) }),
      ...(max === null ? {} : { max: formatFixed(max) }),
    });
  }
  return rules.uses.rareFilters ? filterRarely(view, rules) : null;
}

function filterRarely({ signal, market }: SignalView, rules: Rules): Refusal | null {
  const { comment, fromPending } = signal;
  if (!rules.comment.admits(comment)) {
    return refuse("COMMENT_EXCLUDED", { step: "filter", comment: comment.slice(0, 64) });
  }
  if (rules.pendingOrders === "off" && fromPending === true) {
    return refuse("PENDING_EXCLUDED", { step: "filter", pendingOrders: "off" });
  }
  return filterDrawdown(market.masterDrawdown ?? null, rules);
}

/** A drawdown that is not known is within no limits. */
function filterDrawdown(drawdown: bigint | null, { masterDrawdown }: Rules): Refusal | null {
  const { below, above } = masterDrawdown;
  if (below === null && above === null) return null;
  const isWithin =
    drawdown !== null &&
    (below === null || drawdown < below) &&
    (above === null || drawdown > above);
  if (isWithin) return null;
  return refuse("MASTER_DRAWDOWN", {
    step: "filter",
    drawdown: drawdown === null ? "unknown" : formatFixed(drawdown),
    ...(below === null ? {} : { below: formatFixed(below) }),
    ...(above === null ? {} : { above: formatFixed(above) }),
  });
}
