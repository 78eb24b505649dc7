/**
 * Whether the rows of a script make sense after each other: time does not run backwards, a
 * position is opened once, changed while it is open and closed once, and what is repeated of it
 * agrees. After a fault the story goes on as if the row had been right, so that one mistake is
 * one fault. What depends on quotes (whether an order has filled, whether a stop has ended a
 * position) only the run can tell.
 */
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { type InputFault, quoted } from "../domain/input-fault.ts";
import type { Instant } from "../domain/instant.ts";
import type { Side } from "../domain/trade.ts";
import { besideFault, sharedFault } from "./netting-faults.ts";
import {
  expiryFault,
  named,
  type Reason,
  symbolFault,
  unusedCells,
  volumeFault,
} from "./row-checks.ts";
import type {
  ExpiryChange,
  RowBase,
  ScriptAction,
  ScriptCells,
  ScriptContext,
  ScriptRow,
  StopChange,
} from "./script.ts";

type Told = {
  readonly openedOn: number;
  readonly symbol: string | null;
  readonly side: Side | null;
  /** Lots left, or null where nobody can tell. */
  rest: Fixed | null;
  closedOn: number | null;
  /** Whether quotes alone may end it: it has, or had, a stop; or it is an order. */
  mayEnd: boolean;
  /** Whether it began as a pending order. */
  readonly placed: boolean;
  /** The row that first takes an order for filled. */
  filledBy: number | null;
};

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
    else if (cells.action === "place") this.place(cells);
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
    if (!this.begin(cells, "open")) return;
    const { line, symbol, side, volume, at, position } = cells;
    const rest = this.checkNetting(cells) ?? volume;
    const mayEnd = isStop(cells.stopLoss) || isStop(cells.takeProfit);
    const told = { openedOn: line, symbol, side, closedOn: null, placed: false, filledBy: null };
    this.told.set(position, { ...told, rest: rest === "unknown" ? null : rest, mayEnd });
    if (symbol === null || side === null || volume === null || at === null) return;
    this.rows.push({ action: "open", line, at, position, symbol, side, volume, ...stopsOf(cells) });
  }

  private place(cells: ScriptCells): void {
    if (!this.begin(cells, "place")) return;
    const { line, symbol, side, volume, at, position, price, orderType } = cells;
    if (price === null && cells.sound) {
      this.refuse(cells, ["a place has no price", "a blank", "the price that it waits for"]);
    }
    this.check(cells, expiryFault(cells));
    this.checkAlone(cells);
    const told = { openedOn: line, symbol, side, rest: volume, closedOn: null, mayEnd: true };
    this.told.set(position, { ...told, placed: true, filledBy: null });
    if (symbol === null || side === null || volume === null || at === null) return;
    if (price === null) return;
    const expiresAt = cells.expiresAt === "unchanged" ? null : cells.expiresAt;
    const base = { line, at, position, symbol, side, volume, ...stopsOf(cells) };
    this.rows.push({ action: "place", ...base, price, orderType, expiresAt });
  }

  /** What opens and places share; false where the name is taken. */
  private begin(cells: ScriptCells, action: "open" | "place"): boolean {
    const earlier = this.told.get(cells.position);
    if (earlier !== undefined) {
      const expected = `a name that was not used before (opened on line ${earlier.openedOn})`;
      this.refuse(cells, ["the position was opened before", quoted(cells.position), expected]);
      return false;
    }
    this.check(cells, symbolFault(cells, this.context.symbols));
    if (cells.side === null && cells.sound) {
      this.refuse(cells, [`${named(action)} has no side`, "a blank", "buy or sell"]);
    }
    this.checkVolume(cells, `${named(action)} has no volume`);
    this.checkUnused(cells, action);
    return true;
  }

  private check(cells: ScriptCells, fault: Reason | null): void {
    if (fault !== null) this.refuse(cells, fault);
  }

  private checkVolume(cells: ScriptCells, blank: string): void {
    const symbol = cells.symbol ?? this.told.get(cells.position)?.symbol ?? "";
    this.check(cells, volumeFault(cells, this.context.symbols.get(symbol), blank));
  }

  /** The position that surely stands beside it on a netting master, by its name. */
  private standingBeside(cells: ScriptCells): readonly [string, Told] | undefined {
    if (this.context.positionMode !== "netting") return undefined;
    return [...this.told].find(
      ([, told]) => told.closedOn === null && told.symbol !== null && told.symbol === cells.symbol,
    );
  }

  /**
   * On a netting master an open meets the position of its symbol: against it and larger, it turns
   * it round. Gives the lots of the new position, or null where there is nothing to meet.
   */
  private checkNetting(cells: ScriptCells): Fixed | "unknown" | null {
    const [name, standing] = this.standingBeside(cells) ?? [];
    if (name === undefined || standing === undefined) return null;
    const { volume, side } = cells;
    if (standing.mayEnd || standing.rest === null || volume === null || side === null) {
      return "unknown";
    }
    const fault = besideFault({ name, ...standing, rest: standing.rest }, { volume, side });
    this.check(cells, fault);
    if (fault !== null) return null;
    standing.closedOn = cells.line;
    return volume - standing.rest;
  }

  private checkAlone(cells: ScriptCells): void {
    const [name, standing] = this.standingBeside(cells) ?? [];
    if (name !== undefined && standing?.mayEnd === false) {
      this.refuse(cells, sharedFault(`the position ${quoted(name)}`, standing.symbol ?? ""));
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
    if (cells.action !== null) this.checkUnused(cells, cells.action);
    if (cells.action === "change" || cells.action === "cancel") {
      this.order(cells, told, cells.action);
      return;
    }
    told.filledBy ??= cells.line;
    if (cells.action === "increase") this.increase(cells, told);
    else if (cells.action === "reduce") this.reduce(cells, told);
    else if (cells.action === "protect") this.protect(cells, told);
    else this.close(cells, told);
  }

  private order(cells: ScriptCells, told: Told, action: "change" | "cancel"): void {
    if (!told.placed) {
      const wrong = `${named(action)} row is for pending orders`;
      const expected = `a name that a place row has used (line ${told.openedOn} opened it)`;
      this.refuse(cells, [wrong, quoted(cells.position), expected]);
    } else if (told.filledBy !== null) {
      const expected = `no ${action} after line ${told.filledBy}, which takes the order for filled`;
      this.refuse(cells, ["the order has been filled", quoted(cells.position), expected]);
    } else if (action === "cancel") {
      told.closedOn = cells.line;
      this.push(cells, told, (base) => ({ ...base, action }));
    } else this.changeOrder(cells, told);
  }

  private changeOrder(cells: ScriptCells, told: Told): void {
    const { price, stopLoss, takeProfit, expiresAt } = cells;
    this.check(cells, expiryFault(cells));
    const changes = price !== null || [stopLoss, takeProfit, expiresAt].some(isChange);
    if (!changes) {
      const expected = "a price, a stop_loss, a take_profit or an expires_ms (0 removes it)";
      this.refuse(cells, ["a change row changes nothing", "all blank", expected]);
    }
    const change = { price, stopLoss, takeProfit, expiresAt };
    this.push(cells, told, (base) => ({ ...base, action: "change", ...change }));
  }

  private checkUnused(cells: ScriptCells, action: ScriptAction): void {
    for (const reason of unusedCells(cells, action)) this.refuse(cells, reason);
  }

  private increase(cells: ScriptCells, told: Told): void {
    if (this.context.positionMode !== "netting") {
      const expected = '"positionMode": "netting" for the master, or an open under another name';
      this.refuse(cells, ["an increase needs a netting master", "a hedging master", expected]);
      return;
    }
    this.checkVolume(cells, "an increase has no volume");
    const { volume } = cells;
    if (volume === null) told.rest = null;
    else {
      if (told.rest !== null) told.rest += volume;
      this.push(cells, told, (base) => ({ ...base, action: "increase", volume }));
    }
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
    const { volume } = cells;
    if (volume === null) {
      told.rest = null;
      return;
    }
    if (told.rest !== null && volume >= told.rest) {
      const equal = volume === told.rest;
      const wrong = equal ? "a reduction of all that is left" : "a reduction beyond the position";
      const left = formatFixed(told.rest);
      const expected = equal ? "the action close" : `less than the ${left} lots that are left`;
      this.refuse(cells, [wrong, formatFixed(volume), expected]);
      told.rest = null;
      return;
    }
    if (told.rest !== null) told.rest -= volume;
    this.push(cells, told, (base) => ({ ...base, action: "reduce", volume }));
  }

  private protect(cells: ScriptCells, told: Told): void {
    const { stopLoss, takeProfit } = cells;
    told.mayEnd ||= isStop(stopLoss) || isStop(takeProfit);
    if (stopLoss === "unchanged" && takeProfit === "unchanged") {
      const expected = "a stop_loss or a take_profit (0 removes it)";
      this.refuse(cells, ["a protect row changes nothing", "both blank", expected]);
    }
    this.push(cells, told, (base) => ({ ...base, action: "protect", stopLoss, takeProfit }));
  }

  private close(cells: ScriptCells, told: Told): void {
    told.closedOn = cells.line;
    this.push(cells, told, (base) => ({ ...base, action: "close" }));
  }

  private push(cells: ScriptCells, told: Told, make: (base: RowBase) => ScriptRow): void {
    const { line, at, position } = cells;
    const { symbol, side } = told;
    if (at === null || symbol === null || side === null) return;
    this.rows.push(make({ line, at, position, symbol, side }));
  }
}

const isStop = (stop: StopChange): boolean => stop !== null && stop !== "unchanged";
const isChange = (change: StopChange | ExpiryChange): boolean => change !== "unchanged";

/** The stops of a new position: what is blank is none. */
function stopsOf({ stopLoss, takeProfit }: ScriptCells) {
  return {
    stopLoss: stopLoss === "unchanged" ? null : stopLoss,
    takeProfit: takeProfit === "unchanged" ? null : takeProfit,
  };
}
