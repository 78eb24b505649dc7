/**
 * The follower broker's name for a master's symbol: what somebody confirmed for the two brokers, else
 * the rules' pair that names it, else the master's name with the rules' suffix. Nothing else is tried: a name that the broker does not have is SYMBOL_MISSING.
 */
import { type Fixed, ONE } from "../../domain/fixed.ts";
import type { Rules } from "../rules.ts";

export type MappedSymbol = {
  readonly name: string;
  /** The own price is the master's times this; null where nobody has said so. */
  readonly priceFactor: Fixed | null;
};

export function mapSymbol(
  symbol: string,
  map: Rules["symbolMap"],
  confirmed: MappedSymbol | undefined = undefined,
): MappedSymbol {
  if (confirmed !== undefined) return confirmed;
  const pair = map.pairs.length === 0 ? undefined : map.pairs.find(({ from }) => from === symbol);
  if (pair === undefined) return { name: symbol + map.suffix, priceFactor: null };
  const factor = pair.priceFactor ?? null;
  return { name: pair.to, priceFactor: factor === ONE ? null : factor };
}
