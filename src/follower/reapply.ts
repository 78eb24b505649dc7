/**
 * The rules of now applied to what is open, where somebody asks for it: stops and take-profits are
 * reckoned again from the opening prices of both sides, and what is over the caps in lots, leverage
 * and risk is closed. What only speaks of opening (filters, guards, sizing, the number of positions)
 * closes nothing.
 * Invariants: nothing is opened or enlarged; what cannot be reckoned stays as it is, with the reason.
 */
import type { SkipReason } from "../domain/codes.ts";
import { type Fixed, ONE } from "../domain/fixed.ts";
import type { Ratio } from "../domain/ratio.ts";
import { pointSize, type Quote, type SymbolSpec, unitsPerLot } from "../domain/symbol.ts";
import type { Side } from "../domain/trade.ts";
import type { CopiedPosition, Plan } from "./decision.ts";
import type { Stops } from "./entry.ts";
import { type Room, roomsOf } from "./reapply-rooms.ts";
import { heldVolume, spreadClose } from "./reduce.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { Rules } from "./rules.ts";

export type ReapplyLeg = {
  /** The master's position. */
  readonly position: string;
  readonly symbol: string;
  readonly side: Side;
  readonly held: Fixed;
  /** Lots that are closed, and the setting that asks for it; null: none does. */
  readonly close: Fixed;
  readonly cap: string | null;
  /** What the stops become; null: they stay. */
  readonly stops: Pick<Stops, "stopLoss" | "takeProfit"> | null;
  /** Why the stops, or its risk, were left alone; null: they were not. */
  readonly skipped: SkipReason | null;
};

export type Reapplied = {
  readonly leg: ReapplyLeg;
  readonly plans: readonly Omit<Plan, "part">[];
};

export type ReapplyGiven = {
  readonly rules: Rules;
  readonly ofSubscription: readonly CopiedPosition[];
  readonly ofAccount: readonly CopiedPosition[];
  readonly equity: Fixed | null;
  readonly currency: string;
  readonly market: {
    spec(symbol: string): SymbolSpec | undefined;
    quote(symbol: string): Quote | undefined;
    rate(from: string, to: string): Ratio | null;
  };
  /** By the master's position; a refusal, or the reason, where they cannot be reckoned. */
  stops(copied: CopiedPosition): Stops | Refusal;
};

export function reapply(given: ReapplyGiven): readonly Reapplied[] {
  const own = given.ofSubscription
    .filter(({ state, holdings }) => state === "open" && holdings.length > 0)
    .sort((a, b) => (a.openedBy ?? 0) - (b.openedBy ?? 0));
  const stops = new Map(own.map((one) => [one.position, stopsOf(given, one)]));
  const stopLossOf = (one: CopiedPosition): Fixed | null => {
    const placed = stops.get(one.position);
    return placed === undefined || isRefusal(placed) ? one.stopLoss : placed.stopLoss;
  };
  const rooms = roomsOf({
    ...given,
    own,
    spec: given.market.spec.bind(given.market),
    lot: (symbol) => lotOf(given, symbol),
    loss: (one) => lossOf(given, one, stopLossOf(one)),
  });
  return own.map((one) => {
    const room = rooms.get(one.position) ?? { keep: heldVolume(one.holdings), cap: null };
    const unbound =
      given.rules.guards.maxRiskPerTradePercent !== null &&
      stopLossOf(one) === null &&
      given.rules.sizing.assumedStopPoints === null;
    return leg(given, one, { room, placed: stops.get(one.position), unbound });
  });
}

function stopsOf({ rules, stops }: ReapplyGiven, copied: CopiedPosition): Stops | Refusal {
  if (rules.stops.lockAfterOpen) return { refused: "STOPS_LOCKED", step: { step: "stops" } };
  return stops(copied);
}

type Found = {
  readonly room: Room;
  readonly placed: Stops | Refusal | undefined;
  readonly unbound: boolean;
};

function leg(
  { market }: ReapplyGiven,
  copied: CopiedPosition,
  { room, placed, unbound }: Found,
): Reapplied {
  const { position, symbol, side, holdings } = copied;
  const held = heldVolume(holdings);
  const spec = market.spec(symbol);
  const parts = spec === undefined ? [] : newestFirst(copied, held - room.keep, spec);
  const close = heldVolume(parts);
  const isRefused = placed !== undefined && isRefusal(placed);
  const wanted = placed === undefined || isRefused ? null : placed;
  const isNew =
    wanted !== null &&
    close < held &&
    (wanted.stopLoss !== copied.stopLoss || wanted.takeProfit !== copied.takeProfit);
  const stops = isNew ? { stopLoss: wanted.stopLoss, takeProfit: wanted.takeProfit } : null;
  const none = { stopLoss: null, takeProfit: null };
  const gone = new Map(parts.map((one) => [one.positionId, one.volume]));
  const left = holdings.filter((one) => (gone.get(one.positionId) ?? 0n) < one.volume);
  return {
    leg: {
      ...{ position, symbol, side, held, close, stops },
      cap: close > 0n ? room.cap : null,
      skipped: isRefused ? placed.refused : unbound ? "MAX_RISK" : null,
    },
    plans: [
      ...parts.map((part) => ({ kind: "close" as const, symbol, side, ...part, ...none })),
      ...(stops === null ? [] : left).map(({ positionId }) => ({
        ...{ kind: "protect" as const, symbol, side, volume: null, positionId, ...stops },
      })),
    ] as Omit<Plan, "part">[],
  };
}

/** What was added last goes first. */
function newestFirst({ holdings }: CopiedPosition, volume: Fixed, spec: SymbolSpec) {
  if (volume <= 0n) return [];
  return spreadClose([...holdings].reverse(), volume, spec);
}

/** units × mid in the account's currency. */
function lotOf({ market, currency }: ReapplyGiven, symbol: string): Ratio | null {
  const [spec, quote] = [market.spec(symbol), market.quote(symbol)];
  if (spec === undefined || quote === undefined) return null;
  const rate = market.rate(spec.profitCurrency, currency);
  if (rate === null) return null;
  return { n: unitsPerLot(spec) * (quote.bid + quote.ask) * rate.n, d: 2n * ONE * rate.d };
}

/** From its own opening price to the stop; null where the stop loses nothing, or nothing is known. */
function lossOf(
  { market, currency, rules }: ReapplyGiven,
  { symbol, side, openPrice }: CopiedPosition,
  stopLoss: Fixed | null,
): Ratio | null {
  const spec = market.spec(symbol);
  const rate = spec === undefined ? null : market.rate(spec.profitCurrency, currency);
  if (spec === undefined || rate === null || openPrice === null) return null;
  const assumed = rules.sizing.assumedStopPoints;
  const distance =
    stopLoss === null
      ? BigInt(assumed ?? 0) * pointSize(spec)
      : side === "buy"
        ? openPrice - stopLoss
        : stopLoss - openPrice;
  if (distance <= 0n) return null;
  return { n: distance * unitsPerLot(spec) * rate.n, d: ONE * rate.d };
}
