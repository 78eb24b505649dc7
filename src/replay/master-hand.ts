/**
 * The master's hand at the terminal: carries out script rows at the master's broker, and knows
 * which of the broker's positions and orders the script's names mean. What only the run can tell
 * (an order that has not filled, a stop that came first) is BAD_INPUT with the row's line.
 */
import type { Fixed } from "../domain/fixed.ts";
import { InputError, quoted } from "../domain/input-fault.ts";
import type { Outcome } from "../domain/instruction.ts";
import type { PendingOrder, PendingTerms } from "../domain/pending-order.ts";
import type { Position } from "../domain/trade.ts";
import type { SimulatedBroker } from "../gateway/simulator/broker.ts";
import type { OrderRequest } from "../gateway/simulator/model.ts";
import { positionName } from "../master/book.ts";
import { orderPlace } from "../master/orders.ts";
import { MASTER_NAME } from "./followers.ts";
import { besideFault, sharedFault } from "./netting-faults.ts";
import type { Reason } from "./row-checks.ts";
import type { ChangeRow, OpenRow, PlaceRow, ScriptRow } from "./script.ts";

/** The script's names of the master's positions, by the signals'. */
export type PositionNames = ReadonlyMap<string, string>;

const ALWAYS = Number.MAX_SAFE_INTEGER;

export class MasterHand {
  readonly #broker: SimulatedBroker;
  readonly #file: string;
  readonly #places = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #filled = false;

  constructor(broker: SimulatedBroker, scriptFile: string) {
    this.#broker = broker;
    this.#file = scriptFile;
    broker.subscribe((told) => {
      if (told.type !== "event" || told.event.type !== "order") return;
      if (told.event.change === "triggered") this.#filled = true;
    });
  }

  /** Whether an order has filled since this was asked last. */
  takeFilled(): boolean {
    const filled = this.#filled;
    this.#filled = false;
    return filled;
  }

  get names(): PositionNames {
    return this.#names;
  }

  play(row: ScriptRow): void {
    const outcome = this.#broker.trade(MASTER_NAME, this.#order(row));
    if (outcome.status !== "done") throw this.#fault(row, refusal(outcome));
    if (row.action === "place") {
      const id = outcome.orderId ?? "";
      this.#remember(row, id);
      this.#names.set(orderPlace(id), row.position);
    }
    if (row.action !== "open") return;
    const id = outcome.positionId ?? "";
    // A reversal keeps the broker's id and begins a leg.
    const opened = this.#positions.find((one) => one.id === id);
    this.#remember(row, positionName(id, opened?.leg ?? 0));
  }

  #remember({ position }: ScriptRow, place: string): void {
    this.#places.set(position, place);
    this.#names.set(place, position);
  }

  get #positions(): readonly Position[] {
    return this.#broker.snapshot(MASTER_NAME).positions;
  }

  get #orders(): readonly PendingOrder[] {
    return this.#broker.snapshot(MASTER_NAME).orders;
  }

  #order(row: ScriptRow): OrderRequest {
    const { symbol, side } = row;
    const none = { volume: null, positionId: null, stopLoss: null, takeProfit: null };
    const order = { symbol, side, magic: 0, comment: "", ...none };
    switch (row.action) {
      case "open":
        this.#checkNetting(row);
        return { ...order, kind: "open", ...stopsAndVolume(row) };
      case "increase":
        this.#standing(row);
        return { ...order, kind: "open", volume: row.volume };
      case "place":
        this.#checkAlone(row);
        return { ...order, kind: "place", ...stopsAndVolume(row), pending: this.#terms(row) };
      case "change":
        return { ...order, kind: "change", ...changed(row, this.#waiting(row)) };
      case "cancel":
        return { ...order, kind: "cancel", orderId: this.#waiting(row).id };
      default:
        return { ...order, ...ofPosition(row, this.#standing(row)) };
    }
  }

  #terms({ side, symbol, price, orderType, expiresAt }: PlaceRow): PendingTerms {
    const quote = this.#broker.quote(symbol);
    const better = side === "buy" ? price < (quote?.ask ?? 0n) : price > (quote?.bid ?? 0n);
    const type = `${side}-${orderType ?? (better ? "limit" : "stop")}` as const;
    return { type, price, limitPrice: null, expiresAt };
  }

  /** The master's position of a row; its own stop or a stop-out may have ended it. */
  #standing(row: ScriptRow): Position {
    const place = this.#places.get(row.position);
    const found = this.#positions.find(({ id, leg }) => positionName(id, leg) === place);
    if (found !== undefined) return found;
    const name = row.position;
    if (this.#orders.some(({ id }) => id === place)) {
      const wrong = `the order ${name} still waits for its price`;
      throw this.#fault(row, [wrong, row.action, "a change or a cancel row"]);
    }
    const wrong = this.#hasFilled(place)
      ? `position ${name} is no longer open: a stop or a stop-out closed it`
      : `the order ${name} ended without a fill: it expired, or the money did not suffice`;
    throw this.#fault(row, [wrong, row.action, "no further row for this position"]);
  }

  #waiting(row: ScriptRow): PendingOrder {
    const place = this.#places.get(row.position);
    const found = this.#orders.find(({ id }) => id === place);
    if (found !== undefined) return found;
    const filled = this.#hasFilled(place);
    const wrong = filled
      ? `the order ${row.position} has filled`
      : `the order ${row.position} waits no longer: it expired, or the money did not suffice`;
    const expected = filled
      ? "rows for a position, such as close"
      : "no further row for this order";
    throw this.#fault(row, [wrong, row.action, expected]);
  }

  #hasFilled(place: string | undefined): boolean {
    const deals = this.#broker.deals(MASTER_NAME, 0, ALWAYS);
    return deals.some(({ positionId, leg }) => positionName(positionId, leg) === place);
  }

  get #nets(): boolean {
    return this.#broker.terms(MASTER_NAME).positionMode === "netting";
  }

  #checkNetting(row: OpenRow): void {
    if (!this.#nets) return;
    const order = this.#orders.find(({ symbol }) => symbol === row.symbol);
    if (order !== undefined) throw this.#fault(row, this.#shared("order", order.id, row.symbol));
    const held = this.#positions.find(({ symbol }) => symbol === row.symbol);
    if (held === undefined) return;
    const name = this.#nameOf(positionName(held.id, held.leg));
    const fault = besideFault({ name, ...held, rest: held.volume }, row);
    if (fault !== null) throw this.#fault(row, fault);
  }

  #checkAlone(row: PlaceRow): void {
    if (!this.#nets) return;
    const order = this.#orders.find(({ symbol }) => symbol === row.symbol);
    if (order !== undefined) throw this.#fault(row, this.#shared("order", order.id, row.symbol));
    const held = this.#positions.find(({ symbol }) => symbol === row.symbol);
    if (held === undefined) return;
    const place = positionName(held.id, held.leg);
    throw this.#fault(row, this.#shared("position", place, row.symbol));
  }

  #shared(what: "order" | "position", place: string, symbol: string): Reason {
    return sharedFault(`the ${what} ${quoted(this.#nameOf(place))}`, symbol);
  }

  #nameOf(place: string): string {
    return this.#names.get(place) ?? place;
  }

  #fault(row: ScriptRow, [wrong, found, expected]: Reason): InputError {
    return new InputError([{ file: this.#file, line: row.line, wrong, found, expected }]);
  }
}

function refusal(outcome: Outcome): Reason {
  const found = `${outcome.code ?? outcome.status} (${outcome.brokerCode ?? "no code"})`;
  const expected = "an order that the account's margin, the symbol and the quote in force allow";
  return ["the master's broker refuses the order", found, expected];
}

function stopsAndVolume({ volume, stopLoss, takeProfit }: OpenRow | PlaceRow) {
  return { volume, stopLoss, takeProfit };
}

type PositionRow = ScriptRow & { readonly action: "close" | "reduce" | "protect" };

function ofPosition(row: PositionRow, position: Position) {
  const { id: positionId, volume } = position;
  if (row.action === "close") return { kind: "close", positionId, volume } as const;
  if (row.action === "reduce") return { kind: "close", positionId, volume: row.volume } as const;
  const stopLoss = after(row.stopLoss, position.stopLoss);
  const takeProfit = after(row.takeProfit, position.takeProfit);
  return { kind: "protect", positionId, stopLoss, takeProfit } as const;
}

function changed(row: ChangeRow, order: PendingOrder) {
  const { type, limitPrice } = order;
  const price = row.price ?? order.price;
  const expiresAt = after(row.expiresAt, order.expiresAt);
  return {
    orderId: order.id,
    pending: { type, price, limitPrice, expiresAt },
    stopLoss: after<Fixed | null>(row.stopLoss, order.stopLoss),
    takeProfit: after<Fixed | null>(row.takeProfit, order.takeProfit),
  };
}

function after<T>(change: T | "unchanged", now: T): T {
  return change === "unchanged" ? now : change;
}
