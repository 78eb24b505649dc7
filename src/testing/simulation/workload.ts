/** What the master does during the storm, and what followers do with their own hands. */
import { type Fixed, parseFixed } from "../../domain/fixed.ts";
import type { Position } from "../../domain/trade.ts";
import type { SimulatedBroker } from "../../gateway/simulator/broker.ts";
import type { OrderRequest } from "../../gateway/simulator/model.ts";
import type { EventHeap } from "./event-heap.ts";
import { type Market, quoteAll, SYMBOLS } from "./market.ts";
import type { Scenario } from "./scenario.ts";

const FIRST_MS = 1_500;
const QUOTE_MS = 1_000;
const STEP = parseFixed("0.01");

export type WorkloadDeps = {
  readonly heap: EventHeap;
  readonly scenario: Scenario;
  readonly market: Market;
  now(): number;
};

const ORDER: Omit<OrderRequest, "kind" | "symbol" | "side"> = {
  volume: null,
  positionId: null,
  stopLoss: null,
  takeProfit: null,
  magic: 77,
  comment: "",
};

export function play(deps: WorkloadDeps): void {
  const { heap, scenario } = deps;
  for (let ms = 0; ms < scenario.stormMs; ms += QUOTE_MS) heap.after(ms, () => quote(deps));
  for (let trade = 0; trade < scenario.trades; trade += 1) {
    heap.after(heap.between(FIRST_MS, scenario.stormMs - 500), () => tradeOnce(deps));
  }
}

function quote({ heap, scenario, market, now }: WorkloadDeps): void {
  quoteAll(market, heap.between(-5, 5), now());
  for (const { login } of market.followers) {
    if (heap.chance(scenario.ownHandPpm)) byHand(heap, market.beta, login);
  }
}

/** A follower closes something, or a part of it. */
function byHand(heap: EventHeap, broker: SimulatedBroker, login: string): void {
  const { positions } = broker.snapshot(login);
  if (positions.length > 0) close(heap, { broker, login }, heap.pick(positions));
}

type Account = { readonly broker: SimulatedBroker; readonly login: string };

function close(heap: EventHeap, { broker, login }: Account, position: Position): void {
  const { id: positionId, symbol, side, volume } = position;
  const part = heap.chance(300_000) && volume > STEP ? partOf(heap, volume) : volume;
  broker.trade(login, {
    ...ORDER,
    kind: "close",
    symbol,
    side,
    positionId,
    volume: part,
    magic: 0,
  });
}

const partOf = (heap: EventHeap, volume: Fixed): Fixed =>
  (BigInt(heap.between(1, Number(volume / STEP) - 1)) || 1n) * STEP;

function tradeOnce({ heap, market }: WorkloadDeps): void {
  const account = { broker: market.alpha, login: market.master.login };
  const { positions } = account.broker.snapshot(account.login);
  const what = heap.between(1, 10);
  if (positions.length > 0 && what <= 4) close(heap, account, heap.pick(positions));
  else if (positions.length > 0 && what === 5) protect(heap, account, heap.pick(positions));
  else open(heap, account);
}

function open(heap: EventHeap, { broker, login }: Account): void {
  broker.trade(login, {
    ...ORDER,
    kind: "open",
    symbol: heap.pick(SYMBOLS),
    side: heap.pick(["buy", "sell"]),
    volume: BigInt(heap.between(1, 40)) * STEP,
  });
}

/** Stops so far away that no price reaches them. */
function protect(heap: EventHeap, { broker, login }: Account, position: Position): void {
  const { id: positionId, symbol, side, openPrice } = position;
  const away = parseFixed(`0.${heap.between(10, 30)}`);
  const stopLoss = side === "buy" ? openPrice - away : openPrice + away;
  broker.trade(login, { ...ORDER, kind: "protect", symbol, side, positionId, stopLoss });
}
