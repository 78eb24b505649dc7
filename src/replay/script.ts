/**
 * The master's script: what trades.csv says, row by row.
 * Here the cells are read; whether the rows make sense after each other is story.ts. All faults
 * of the file are thrown at once, and a row with a bad cell causes no further faults by itself.
 *
 * Decided here: `0` as a stop means none (also on an open); stops are changed by `protect` rows
 * only, and such a row names at least one; a reduction of all that is left is a close and is
 * refused as a reduction; the name of a position is never used again.
 */
import type { PositionMode } from "../domain/account.ts";
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import { type InputFault, quoted, refuseFaults } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { Side } from "../domain/trade.ts";
import { readTable, type TableRow } from "../platform/csv-table.ts";
import { Story } from "./story.ts";

/** A price, null for none, or what it was before. */
export type StopChange = Fixed | null | "unchanged";

type RowBase = {
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

export type ScriptRow =
  | OpenRow
  /** `volume` is what is closed, in lots; less than what is left. */
  | (RowBase & { readonly action: "reduce"; readonly volume: Fixed })
  | (RowBase & { readonly action: "close" })
  | (RowBase & {
      readonly action: "protect";
      readonly stopLoss: StopChange;
      readonly takeProfit: StopChange;
    });

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
  /** False where a cell was refused: only what can still be told from it is checked. */
  readonly sound: boolean;
};

const ACTIONS = "open, reduce, close or protect";
const TIME_MAX = 8_640_000_000_000_000;
const POSITION_LENGTH_MAX = 64;

/** The rows of trades.csv, or BAD_INPUT with every fault of the file. */
export function parseScript(file: string, text: string, context: ScriptContext): ScriptRow[] {
  const table = readTable(file, text, SCRIPT_COLUMNS);
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

type Row = TableRow<(typeof SCRIPT_COLUMNS)[number]>;

class CellReader {
  readonly faults: InputFault[] = [];
  private readonly file: string;
  private readonly row: Row;

  constructor(file: string, row: Row) {
    this.file = file;
    this.row = row;
  }

  read(): ScriptCells {
    const { line, cells } = this.row;
    const at = this.time(cells.time_ms);
    const position = this.position(cells.position);
    const action = this.action(cells.action);
    const side = this.side(cells.side);
    const volume = this.volume(cells.volume);
    const stopLoss = this.stop("stop_loss", cells.stop_loss);
    const takeProfit = this.stop("take_profit", cells.take_profit);
    const symbol = cells.symbol === "" ? null : cells.symbol;
    const sound = this.faults.length === 0;
    return { line, at, position, action, symbol, side, volume, stopLoss, takeProfit, sound };
  }

  private refuse(wrong: string, found: string, expected: string): null {
    const { line } = this.row;
    this.faults.push({ file: this.file, line, wrong, found: quoted(found), expected });
    return null;
  }

  private time(text: string): Instant | null {
    if (/^\d{1,16}$/.test(text) && Number(text) <= TIME_MAX) return Number(text);
    return this.refuse("time_ms is not a time", text, "whole milliseconds since 1970");
  }

  private position(text: string): string {
    const plain = text !== "" && text.length <= POSITION_LENGTH_MAX && !/\p{Cc}/u.test(text);
    const expected = `1 to ${POSITION_LENGTH_MAX} characters on one line`;
    if (!plain) this.refuse("the position has no usable name", text, expected);
    return text;
  }

  private action(text: string): ScriptAction | null {
    switch (text) {
      case "open":
      case "reduce":
      case "close":
      case "protect":
        return text;
      case "increase":
        return this.refuse(
          "Netting (increase, reversals) comes with a later version",
          text,
          ACTIONS,
        );
      default:
        return this.refuse("unknown action", text, ACTIONS);
    }
  }

  private side(text: string): Side | null {
    if (text === "buy" || text === "sell") return text;
    return text === "" ? null : this.refuse("the side is unknown", text, "buy or sell");
  }

  private volume(text: string): Fixed | null {
    if (text === "") return null;
    const value = this.decimal("volume", text, "lots such as 0.10");
    if (value === null || value > 0n) return value;
    const wrong = value < 0n ? "the volume is negative" : "the volume is zero";
    return this.refuse(wrong, text, "lots above zero");
  }

  private stop(column: string, text: string): StopChange {
    if (text === "") return "unchanged";
    const value = this.decimal(column, text, "a price, 0 for none, or blank");
    if (value !== null && value < 0n) {
      return this.refuse(`${column} is negative`, formatFixed(value), "a price, 0 for none");
    }
    return value === 0n ? null : value;
  }

  private decimal(column: string, text: string, expected: string): Fixed | null {
    try {
      return parseFixed(text);
    } catch {
      return this.refuse(`${column} is not a number`, text, `${expected} of at most 8 places`);
    }
  }
}
