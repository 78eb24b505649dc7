/** Which cells each action uses, and what is said where another is filled. */
import { formatFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { ScriptAction, ScriptCells, StopChange } from "./script.ts";

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
    ["price", price !== null, ["a price", formatFixed(price ?? 0n), BLANK("price")]],
    ["order_type", orderType !== null, ["an order type", String(orderType), BLANK("order_type")]],
    [
      "expires_ms",
      expiresAt !== "unchanged",
      ["an expiry", String(expiresAt), BLANK("expires_ms")],
    ],
  ];
  return filled
    .filter(([cell, stands]) => stands && !USES[action].includes(cell))
    .map(([, , [what, found, expected]]) => [`${named(action)} row has ${what}`, found, expected]);
}

const BLANK = (cell: Cell): string => `a blank ${cell}: it is for pending orders`;

/** What is said of an expiry that is not after its own row. */
export function expiryFault(cells: ScriptCells): Reason | null {
  const { at, expiresAt } = cells;
  if (at === null || typeof expiresAt !== "number" || expiresAt > at) return null;
  return ["the order would have expired already", String(expiresAt), `${laterThan(at)} or 0`];
}

const laterThan = (at: Instant): string => `an instant later than ${at}`;
