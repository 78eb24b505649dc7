/**
 * How many lots of its copies a subscription may keep under rules that are applied to what is open.
 * Where copies together hold too much, the newest give up first.
 * Invariants: nothing is kept that was not held; what is kept is nothing or a legal volume; what other
 * subscriptions of the account hold, and orders that stand, count and are never cut here.
 */
import type { Fixed } from "../domain/fixed.ts";
import { maxFixed, minFixed, ONE } from "../domain/fixed.ts";
import type { Ratio } from "../domain/ratio.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { CopiedPosition } from "./decision.ts";
import { committedVolume } from "./mirrored.ts";
import { heldVolume } from "./reduce.ts";
import type { Caps, Rules } from "./rules.ts";

/** The lots that a copy keeps, and the setting that cut it last; null: none did. */
export type Room = { readonly keep: Fixed; readonly cap: string | null };

export type RoomsGiven = {
  readonly rules: Rules;
  /** The copies that it is about, oldest first. */
  readonly own: readonly CopiedPosition[];
  /** All that count, these among them. */
  readonly ofSubscription: readonly CopiedPosition[];
  readonly ofAccount: readonly CopiedPosition[];
  /** In the account's currency; null where it is not known, and then nothing is measured by it. */
  readonly equity: Fixed | null;
  spec(symbol: string): SymbolSpec | undefined;
  /** The notional of a lot in the account's currency; null where a price is missing. */
  lot(symbol: string): Ratio | null;
  /** What a lot of the copy loses at its stop; null where there is none, or nothing to lose. */
  loss(copied: CopiedPosition): Ratio | null;
};

export function roomsOf(given: RoomsGiven): ReadonlyMap<string, Room> {
  const rooms = new Map<string, Room>();
  for (const one of given.own) {
    rooms.set(one.position, { keep: heldVolume(one.holdings), cap: null });
  }
  const { guards, accountCaps } = given.rules;
  for (const one of given.own) {
    if (guards.maxVolume !== null)
      cut(rooms, one, { most: guards.maxVolume, cap: "maxVolume" }, given);
    const most = atRisk(given, one);
    if (most !== null) cut(rooms, one, { most, cap: "maxRiskPerTradePercent" }, given);
  }
  together(rooms, guards, given.ofSubscription, given);
  if (accountCaps !== null) together(rooms, accountCaps, given.ofAccount, given);
  return rooms;
}

/** percent of the equity / loss of a lot at the stop. */
function atRisk({ rules, equity, loss }: RoomsGiven, copied: CopiedPosition): Fixed | null {
  const percent = rules.guards.maxRiskPerTradePercent;
  const lot = percent === null ? null : loss(copied);
  if (percent === null || lot === null || equity === null || lot.n <= 0n) return null;
  return maxFixed(0n, (percent * equity * lot.d) / (100n * lot.n));
}

function together(
  rooms: Map<string, Room>,
  { maxVolumePerSymbol, maxTotalVolume, maxLeverage }: Caps,
  counted: readonly CopiedPosition[],
  given: RoomsGiven,
): void {
  const newest = [...given.own].reverse();
  const lots = (of: readonly CopiedPosition[]): Fixed =>
    of.reduce((sum, one) => sum + kept(rooms, one, given), 0n);
  for (const one of newest) {
    const { keep } = rooms.get(one.position) ?? { keep: 0n };
    if (maxVolumePerSymbol !== null) {
      const over = lots(counted.filter(({ symbol }) => symbol === one.symbol)) - maxVolumePerSymbol;
      cut(rooms, one, { most: keep - over, cap: "maxVolumePerSymbol" }, given);
    }
  }
  for (const one of newest) {
    const { keep } = rooms.get(one.position) ?? { keep: 0n };
    if (maxTotalVolume === null) break;
    cut(
      rooms,
      one,
      { most: keep - (lots(counted) - maxTotalVolume), cap: "maxTotalVolume" },
      given,
    );
  }
  for (const one of newest) {
    const over = maxLeverage === null ? null : notionalOver(rooms, counted, given, maxLeverage);
    const lot = given.lot(one.symbol);
    if (over === null || over <= 0n || lot === null || lot.n <= 0n) continue;
    const { keep } = rooms.get(one.position) ?? { keep: 0n };
    // Up, so that what is left is under it.
    const lotsOver = (over * ONE * lot.d + lot.n - 1n) / lot.n;
    cut(rooms, one, { most: keep - lotsOver, cap: "maxLeverage" }, given);
  }
}

/** Null where a price is missing: then nothing is closed for it. */
function notionalOver(
  rooms: ReadonlyMap<string, Room>,
  counted: readonly CopiedPosition[],
  given: RoomsGiven,
  most: Fixed,
): Fixed | null {
  if (given.equity === null) return null;
  let sum = 0n;
  for (const one of counted) {
    const lot = given.lot(one.symbol);
    if (lot === null) return null;
    sum += (kept(rooms, one, given) * lot.n) / (lot.d * ONE);
  }
  return sum - (most * given.equity) / ONE;
}

function kept(rooms: ReadonlyMap<string, Room>, one: CopiedPosition, { own }: RoomsGiven): Fixed {
  const room = own.includes(one) ? rooms.get(one.position) : undefined;
  return room?.keep ?? committedVolume(one);
}

function cut(
  rooms: Map<string, Room>,
  { position, symbol }: CopiedPosition,
  { most, cap }: { readonly most: Fixed; readonly cap: string },
  { spec }: RoomsGiven,
): void {
  const { keep } = rooms.get(position) ?? { keep: 0n };
  const limits = spec(symbol);
  if (most >= keep || limits === undefined) return;
  const { volumeStep: step, volumeMin } = limits;
  const whole = (maxFixed(0n, most) / step) * step;
  rooms.set(position, { keep: whole < volumeMin ? 0n : minFixed(whole, keep), cap });
}
