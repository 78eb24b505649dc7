/** Reads the cells of one script row; what cannot be read is a fault and null. */
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import { type InputFault, quoted } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import type { TableRow } from "../platform/csv-table.ts";
import type {
  ExpiryChange,
  ORDER_COLUMNS,
  OrderType,
  SCRIPT_COLUMNS,
  ScriptAction,
  ScriptCells,
  StopChange,
} from "./script.ts";

const ACTIONS: readonly ScriptAction[] = [
  ...(["open", "increase", "reduce", "close", "protect"] as const),
  ...(["place", "change", "cancel"] as const),
];
const ACTION_WORDS = "open, reduce, close, protect, increase, place, change or cancel";
const TIME_MAX = 8_640_000_000_000_000;
const POSITION_LENGTH_MAX = 64;

function timeOf(text: string): Instant | null {
  return /^\d{1,16}$/.test(text) && Number(text) <= TIME_MAX ? Number(text) : null;
}

type Column = (typeof SCRIPT_COLUMNS)[number] | (typeof ORDER_COLUMNS)[number];
type Row = TableRow<Column>;

export class CellReader {
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
    const price = this.price(cells.price);
    const orderType = this.orderType(cells.order_type);
    const expiresAt = this.expiry(cells.expires_ms);
    const symbol = cells.symbol === "" ? null : cells.symbol;
    const sound = this.faults.length === 0;
    const what = { action, symbol, side, volume, stopLoss, takeProfit };
    return { line, at, position, ...what, price, orderType, expiresAt, sound };
  }

  private refuse(wrong: string, found: string, expected: string): null {
    const { line } = this.row;
    this.faults.push({ file: this.file, line, wrong, found: quoted(found), expected });
    return null;
  }

  private time(text: string): Instant | null {
    const at = timeOf(text);
    return at ?? this.refuse("time_ms is not a time", text, "whole milliseconds since 1970");
  }

  private expiry(text: string): ExpiryChange {
    if (text === "") return "unchanged";
    const at = timeOf(text);
    if (at !== null) return at === 0 ? null : at;
    const expected = "whole milliseconds since 1970, 0 for never, or blank";
    return this.refuse("expires_ms is not a time", text, expected);
  }

  private price(text: string): Fixed | null {
    if (text === "") return null;
    const value = this.decimal("price", text, "a price");
    if (value === null || value > 0n) return value;
    return this.refuse("the price is not above zero", text, "a price above zero");
  }

  private orderType(text: string): OrderType | null {
    if (text === "limit" || text === "stop") return text;
    return text === "" ? null : this.refuse("the order type is unknown", text, "limit or stop");
  }

  private position(text: string): string {
    const plain = text !== "" && text.length <= POSITION_LENGTH_MAX && !/\p{Cc}/u.test(text);
    const expected = `1 to ${POSITION_LENGTH_MAX} characters on one line`;
    if (!plain) this.refuse("the position has no usable name", text, expected);
    return text;
  }

  private action(text: string): ScriptAction | null {
    const action = ACTIONS.find((one) => one === text);
    return action ?? this.refuse("unknown action", text, ACTION_WORDS);
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
