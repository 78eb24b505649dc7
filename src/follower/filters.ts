/**
 * Which of the master's opens a subscription wants at all: symbols, sides, magic numbers and the
 * master's lots, asked in this order, by the master's own names. Only opens are ever filtered.
 */
import { formatFixed } from "../domain/fixed.ts";
import type { Signal } from "../master/signal.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";

export function filterOpen(signal: Signal, rules: Rules): Refusal | null {
  const { symbol, side, magic, volume } = signal;
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
  return null;
}
