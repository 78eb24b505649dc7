/**
 * What a script may not ask of a netting master, whose account holds one position a symbol. Said
 * when the script is read, where that is certain, and otherwise when the row is played.
 */
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { quoted } from "../domain/input-fault.ts";
import type { Side } from "../domain/trade.ts";
import type { Reason } from "./row-checks.ts";

type Standing = {
  readonly name: string;
  readonly symbol: string | null;
  readonly side: Side | null;
  /** Lots. */
  readonly rest: Fixed;
};

/** An open beside a position: only one against it, and larger, can be; it turns it round. */
export function besideFault(
  standing: Standing,
  open: { readonly volume: Fixed; readonly side: Side },
): Reason | null {
  const name = quoted(standing.name);
  if (open.side === standing.side) {
    const wrong = "a netting master holds one position a symbol";
    const found = `an open of ${standing.symbol} beside the position ${name} on its side`;
    return [wrong, found, `an increase of ${name}`];
  }
  if (open.volume > standing.rest) return null;
  const wrong = `an open against the position ${name} does not turn it round`;
  const expected = `more than its ${formatFixed(standing.rest)} lots, or a reduce or close row`;
  return [wrong, `${formatFixed(open.volume)} lots`, expected];
}

/** A pending order may stand only alone: whose lots its fill would be is not decided yet. */
export function sharedFault(beside: string, symbol: string): Reason {
  const wrong = "a netting master's pending order may not meet another of its symbol yet";
  return [wrong, `${symbol} beside ${beside}`, "a symbol without a position and other orders"];
}
