/**
 * The follower broker's name for a master's symbol: the pair that names it, else the master's name
 * with the suffix. Nothing else is tried: a name that the broker does not have is SYMBOL_MISSING.
 */
import type { Rules } from "./rules.ts";

export function mapSymbol(symbol: string, map: Rules["symbolMap"]): string {
  const pair = map.pairs.find(({ from }) => from === symbol);
  return pair === undefined ? symbol + map.suffix : pair.to;
}
