/**
 * The master's script: what trades.csv says, row by row.
 * The cells are read by script-cells.ts; whether the rows make sense after each other is story.ts.
 * All faults of the file are thrown at once, and a row with a bad cell causes no further faults.
 *
 * Decided here: `0` as a stop means none (also on an open); stops are changed by `protect` rows
 * only (of an order by `change` rows), and such a row names at least one change; a reduction of all
 * that is left is a close and is refused as a reduction; the name of a position is never used
 * again, and an order's name is that of the position it opens. Without an order type a `place` is
 * what its price makes it: a limit order where the market must come better, else a stop order.
 */
import type { PositionMode } from "../domain/account.ts";
import type { Fixed } from "../domain/fixed.ts";
import { refuseFaults } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { Side } from "../domain/trade.ts";
import { readTable } from "../platform/csv-table.ts";
import { CellReader } from "./script-cells.ts";
import { Story } from "./story.ts";

/** A price, null for none, or what it was before. */
export type StopChange = Fixed | null | "unchanged";

/** An instant, null for never, or what it was before. */
export type ExpiryChange = Instant | null | "unchanged";

export type RowBase = {
  readonly line: number;
  readonly at: Instant;
  readonly position: string;
  readonly symbol: string;
  /** The side of the position. */
  readonly side: Side;
};

export type OpenRow = RowBase & {
  readonly action: "open";
  /** Lots. */
  readonly volume: Fixed;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
};

export type OrderType = "limit" | "stop";

export type PlaceRow = RowBase & {
  readonly action: "place";
  readonly volume: Fixed;
  readonly price: Fixed;
  /** Null: what the price makes it. */
  readonly orderType: OrderType | null;
  readonly expiresAt: Instant | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
};

export type ChangeRow = RowBase & {
  readonly action: "change";
  /** Null leaves it. */
  readonly price: Fixed | null;
  readonly expiresAt: ExpiryChange;
  readonly stopLoss: StopChange;
  readonly takeProfit: StopChange;
};

export type ScriptRow =
  | OpenRow
  /** `volume` is what is added, in lots. */
  | (RowBase & { readonly action: "increase"; readonly volume: Fixed })
  /** `volume` is what is closed, in lots; less than what is left. */
  | (RowBase & { readonly action: "reduce"; readonly volume: Fixed })
  | (RowBase & { readonly action: "close" })
  | (RowBase & {
      readonly action: "protect";
      readonly stopLoss: StopChange;
      readonly takeProfit: StopChange;
    })
  | PlaceRow
  | ChangeRow
  | (RowBase & { readonly action: "cancel" });

/** What the script is checked against. */
export type ScriptContext = {
  readonly positionMode: PositionMode;
  /** By the master's names: those that the ticks quote. */
  readonly symbols: ReadonlyMap<string, ScriptSymbol>;
};

export type ScriptSymbol = Pick<SymbolSpec, "volumeMin" | "volumeMax" | "volumeStep"> & {
  readonly firstQuoteAt: Instant;
};

export const SCRIPT_COLUMNS = [
  "time_ms",
  "position",
  "action",
  "symbol",
  "side",
  "volume",
  "stop_loss",
  "take_profit",
] as const;

/** Columns that a script without pending orders need not have. */
export const ORDER_COLUMNS = ["price", "order_type", "expires_ms"] as const;

export type ScriptAction = ScriptRow["action"];

/** A row whose cells could be read; blank cells are null. */
export type ScriptCells = {
  readonly line: number;
  readonly at: Instant | null;
  readonly position: string;
  readonly action: ScriptAction | null;
  readonly symbol: string | null;
  readonly side: Side | null;
  readonly volume: Fixed | null;
  readonly stopLoss: StopChange;
  readonly takeProfit: StopChange;
  readonly price: Fixed | null;
  readonly orderType: OrderType | null;
  readonly expiresAt: ExpiryChange;
  /** False where a cell was refused: only what can still be told from it is checked. */
  readonly sound: boolean;
};

/** The rows of trades.csv, or BAD_INPUT with every fault of the file. */
export function parseScript(file: string, text: string, context: ScriptContext): ScriptRow[] {
  const table = readTable(file, text, SCRIPT_COLUMNS, ORDER_COLUMNS);
  const story = new Story(file, context);
  const faults = [...table.faults];
  for (const row of table.rows) {
    const reader = new CellReader(file, row);
    const cells = reader.read();
    faults.push(...reader.faults);
    story.add(cells);
  }
  faults.push(...story.faults);
  refuseFaults(faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  return story.rows;
}
