/**
 * Whether the rows of a script make sense after each other: time does not run backwards, a
 * position is opened once, changed while it is open and closed once, and what is repeated of it
 * agrees. After a fault the story goes on as if the row had been right, so that one mistake is
 * one fault.
 */
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { type InputFault, quoted } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import type { ScriptCells, ScriptContext, ScriptRow, StopChange } from "./script.ts";

type Told = {
  readonly openedOn: number;
  readonly symbol: string | null;
  readonly side: Side | null;
  /** Lots left, or null where a faulty row made them unknown. */
  rest: Fixed | null;
  closedOn: number | null;
};

type Reason = readonly [wrong: string, found: string, expected: string];

export class Story {
  readonly rows: ScriptRow[] = [];
  readonly faults: InputFault[] = [];
  private readonly file: string;
  private readonly context: ScriptContext;
  private readonly told = new Map<string, Told>();
  private latest: { readonly at: Instant; readonly line: number } = { at: 0, line: 1 };

  constructor(file: string, context: ScriptContext) {
    this.file = file;
    this.context = context;
  }

  /** Takes the next row; what is wrong with it goes to `faults`. */
  add(cells: ScriptCells): void {
    this.checkTime(cells);
    if (cells.position === "") return;
    if (cells.action === "open") this.open(cells);
    else if (cells.action !== null) this.change(cells);
    else this.forget(cells.position);
  }

  /** After a row that could not be understood nobody knows what is left of its position. */
  private forget(position: string): void {
    const told = this.told.get(position);
    if (told !== undefined) told.rest = null;
  }

  private refuse(cells: ScriptCells, reason: Reason): void {
    const [wrong, found, expected] = reason;
    this.faults.push({ file: this.file, line: cells.line, wrong, found, expected });
  }

  private checkTime(cells: ScriptCells): void {
    if (cells.at === null) return;
    const { at, line } = this.latest;
    if (cells.at < at) {
      const expected = `${at} (line ${line}) or later`;
      this.refuse(cells, ["time runs backwards", String(cells.at), expected]);
    } else this.latest = { at: cells.at, line: cells.line };
  }

  private open(cells: ScriptCells): void {
    const earlier = this.told.get(cells.position);
    if (earlier !== undefined) {
      const expected = `a name that was not used before (opened on line ${earlier.openedOn})`;
      this.refuse(cells, ["the position was opened before", quoted(cells.position), expected]);
      return;
    }
    const { line, symbol, side, volume } = cells;
    this.checkSymbol(cells);
    if (side === null && cells.sound) {
      this.refuse(cells, ["an open has no side", "a blank", "buy or sell"]);
    }
    this.checkVolume(cells, "an open has no volume");
    this.checkNetting(cells);
    this.told.set(cells.position, { openedOn: line, symbol, side, rest: volume, closedOn: null });
    if (symbol === null || side === null || volume === null || cells.at === null) return;
    const stopLoss = cells.stopLoss === "unchanged" ? null : cells.stopLoss;
    const takeProfit = cells.takeProfit === "unchanged" ? null : cells.takeProfit;
    const { at, position } = cells;
    this.rows.push({
      action: "open",
      ...{ line, at, position, symbol, side, volume, stopLoss, takeProfit },
    });
  }

  private checkSymbol(cells: ScriptCells): void {
    const { symbol, at } = cells;
    if (symbol === null) {
      this.refuse(cells, ["an open has no symbol", "a blank", this.symbolNames()]);
      return;
    }
    const known = this.context.symbols.get(symbol);
    if (known === undefined) {
      this.refuse(cells, ["unknown symbol", quoted(symbol), this.symbolNames()]);
    } else if (at !== null && at < known.firstQuoteAt) {
      const expected = `${known.firstQuoteAt} or later`;
      this.refuse(cells, [`${symbol} has no quote yet`, String(at), expected]);
    }
  }

  private symbolNames(): string {
    return `a symbol of the ticks: ${[...this.context.symbols.keys()].join(", ")}`;
  }

  private checkVolume(cells: ScriptCells, blank: string): void {
    if (cells.volume === null) {
      if (cells.sound) this.refuse(cells, [blank, "a blank", "lots above zero"]);
      return;
    }
    const symbol = cells.symbol ?? this.told.get(cells.position)?.symbol ?? "";
    const facts = this.context.symbols.get(symbol);
    if (facts === undefined) return;
    const { volumeMin, volumeMax, volumeStep } = facts;
    const legal = cells.volume >= volumeMin && cells.volume <= volumeMax;
    if (legal && cells.volume % volumeStep === 0n) return;
    const [step, min, max] = [volumeStep, volumeMin, volumeMax].map((lots) => formatFixed(lots));
    const expected = `a multiple of ${step} from ${min} to ${max} lots`;
    this.refuse(cells, ["the volume is not legal", formatFixed(cells.volume), expected]);
  }

  private checkNetting(cells: ScriptCells): void {
    if (this.context.positionMode !== "netting") return;
    for (const [name, told] of this.told) {
      if (told.closedOn !== null || told.symbol === null || told.symbol !== cells.symbol) continue;
      const wrong = "Netting (increase, reversals) comes with a later version";
      const found = `an open of ${told.symbol} beside the position ${quoted(name)}`;
      this.refuse(cells, [wrong, found, "one open position a symbol on a netting master"]);
      return;
    }
  }

  private change(cells: ScriptCells): void {
    const told = this.told.get(cells.position);
    if (told === undefined) {
      const wrong = "the position was never opened";
      this.refuse(cells, [wrong, quoted(cells.position), "an open row before it"]);
      return;
    }
    if (told.closedOn !== null) {
      const expected = `no row after the close on line ${told.closedOn}`;
      this.refuse(cells, ["the position is already closed", quoted(cells.position), expected]);
      return;
    }
    this.checkAgrees(cells, told);
    if (cells.action === "reduce") this.reduce(cells, told);
    else if (cells.action === "protect") this.protect(cells, told);
    else this.close(cells, told);
  }

  private checkAgrees(cells: ScriptCells, told: Told): void {
    const expected = `what line ${told.openedOn} says, or a blank`;
    if (cells.symbol !== null && told.symbol !== null && cells.symbol !== told.symbol) {
      const wrong = "the symbol is not the position's";
      this.refuse(cells, [wrong, quoted(cells.symbol), `${told.symbol}: ${expected}`]);
    }
    if (cells.side !== null && told.side !== null && cells.side !== told.side) {
      const wrong = "the side is not the position's";
      this.refuse(cells, [wrong, cells.side, `${told.side}: ${expected}`]);
    }
  }

  private reduce(cells: ScriptCells, told: Told): void {
    this.checkVolume(cells, "a reduction has no volume");
    this.checkNoStops(cells);
    const { volume } = cells;
    if (volume === null || told.rest === null) {
      told.rest = null;
      return;
    }
    if (volume >= told.rest) {
      const equal = volume === told.rest;
      const wrong = equal ? "a reduction of all that is left" : "a reduction beyond the position";
      const left = formatFixed(told.rest);
      const expected = equal ? "the action close" : `less than the ${left} lots that are left`;
      this.refuse(cells, [wrong, formatFixed(volume), expected]);
      told.rest = null;
      return;
    }
    told.rest -= volume;
    this.push(cells, told, (base) => ({ ...base, action: "reduce", volume }));
  }

  private protect(cells: ScriptCells, told: Told): void {
    this.checkNoVolume(cells);
    const { stopLoss, takeProfit } = cells;
    if (stopLoss === "unchanged" && takeProfit === "unchanged") {
      const expected = "a stop_loss or a take_profit (0 removes it)";
      this.refuse(cells, ["a protect row changes nothing", "both blank", expected]);
    }
    this.push(cells, told, (base) => ({ ...base, action: "protect", stopLoss, takeProfit }));
  }

  private close(cells: ScriptCells, told: Told): void {
    this.checkNoVolume(cells);
    this.checkNoStops(cells);
    told.closedOn = cells.line;
    this.push(cells, told, (base) => ({ ...base, action: "close" }));
  }

  private checkNoVolume(cells: ScriptCells): void {
    if (cells.volume === null) return;
    const wrong = `a ${cells.action} row has a volume`;
    this.refuse(cells, [wrong, formatFixed(cells.volume), "a blank volume"]);
  }

  private checkNoStops(cells: ScriptCells): void {
    const blank = (stop: StopChange): boolean => stop === "unchanged";
    if (blank(cells.stopLoss) && blank(cells.takeProfit)) return;
    const wrong = `a ${cells.action} row has a stop`;
    this.refuse(cells, [wrong, "a stop", "blank stops: a protect row changes them"]);
  }

  private push(cells: ScriptCells, told: Told, make: (base: RowBase) => ScriptRow): void {
    const { line, at, position } = cells;
    const { symbol, side } = told;
    if (at === null || symbol === null || side === null) return;
    this.rows.push(make({ line, at, position, symbol, side }));
  }
}

type RowBase = Pick<ScriptRow, "line" | "at" | "position" | "symbol" | "side">;
