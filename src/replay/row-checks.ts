/** What one row's cells say by themselves: which of them its action uses, and what is legal there. */
import { formatFixed } from "../domain/fixed.ts";
import { quoted } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { ScriptAction, ScriptCells, ScriptSymbol, StopChange } from "./script.ts";

export type Reason = readonly [wrong: string, found: string, expected: string];

type Cell = "volume" | "stops" | "price" | "order_type" | "expires_ms";

const USES: Readonly<Record<ScriptAction, readonly Cell[]>> = {
  open: ["volume", "stops"],
  increase: ["volume"],
  reduce: ["volume"],
  close: [],
  protect: ["stops"],
  place: ["volume", "stops", "price", "order_type", "expires_ms"],
  change: ["stops", "price", "expires_ms"],
  cancel: [],
};

/** "an open", "a close" */
export function named(action: ScriptAction): string {
  return `${/^[aeiou]/.test(action) ? "an" : "a"} ${action}`;
}

/** What is said of each cell that is filled and that the row's action does not use. */
export function unusedCells(cells: ScriptCells, action: ScriptAction): Reason[] {
  const { volume, price, orderType, expiresAt, stopLoss, takeProfit } = cells;
  const blank = (stop: StopChange): boolean => stop === "unchanged";
  const filled: readonly (readonly [Cell, boolean, Reason])[] = [
    ["volume", volume !== null, ["a volume", formatFixed(volume ?? 0n), "a blank volume"]],
    [
      "stops",
      !blank(stopLoss) || !blank(takeProfit),
      ["a stop", "a stop", "blank stops: a protect row changes them"],
    ],
    ["price", price !== null, ["a price", formatFixed(price ?? 0n), blankCell("price")]],
    [
      "order_type",
      orderType !== null,
      ["an order type", String(orderType), blankCell("order_type")],
    ],
    [
      "expires_ms",
      expiresAt !== "unchanged",
      ["an expiry", String(expiresAt), blankCell("expires_ms")],
    ],
  ];
  return filled
    .filter(([cell, stands]) => stands && !USES[action].includes(cell))
    .map(([, , [what, found, expected]]) => [`${named(action)} row has ${what}`, found, expected]);
}

const blankCell = (cell: Cell): string => `a blank ${cell}: it is for pending orders`;

/** What is said of an expiry that is not after its own row. */
export function expiryFault(cells: ScriptCells): Reason | null {
  const { at, expiresAt } = cells;
  if (at === null || typeof expiresAt !== "number" || expiresAt > at) return null;
  return ["the order would have expired already", String(expiresAt), `${laterThan(at)} or 0`];
}

const laterThan = (at: Instant): string => `an instant later than ${at}`;

/** What is said of the symbol of an open or a place. */
export function symbolFault(
  { symbol, at, action }: ScriptCells,
  symbols: ReadonlyMap<string, ScriptSymbol>,
): Reason | null {
  const names = `a symbol of the ticks: ${[...symbols.keys()].join(", ")}`;
  if (symbol === null) return [`${named(action ?? "open")} has no symbol`, "a blank", names];
  const known = symbols.get(symbol);
  if (known === undefined) return ["unknown symbol", quoted(symbol), names];
  if (at === null || at >= known.firstQuoteAt) return null;
  return [`${symbol} has no quote yet`, String(at), `${known.firstQuoteAt} or later`];
}

/** What is said of lots; `blank` where there are none, `facts` where the symbol is known. */
export function volumeFault(
  { volume, sound }: ScriptCells,
  facts: ScriptSymbol | undefined,
  blank: string,
): Reason | null {
  if (volume === null) return sound ? [blank, "a blank", "lots above zero"] : null;
  if (facts === undefined) return null;
  const { volumeMin, volumeMax, volumeStep } = facts;
  const legal = volume >= volumeMin && volume <= volumeMax;
  if (legal && volume % volumeStep === 0n) return null;
  const [step, min, max] = [volumeStep, volumeMin, volumeMax].map((lots) => formatFixed(lots));
  const expected = `a multiple of ${step} from ${min} to ${max} lots`;
  return ["the volume is not legal", formatFixed(volume), expected];
}
