/**
 * What limits the lots of one open beside its size: the rules' own most, what copies hold already,
 * the risk of the trade, and the free margin. Each cap is a room in lots; what is over it is cut
 * off, and where less than the symbol's minimum is left, nothing is opened and the cap is the reason.
 * Caps of the subscription count its own copies, caps of the account's own layer all of them.
 * Invariant: however caps are combined, an open is never larger than the smallest room.
 */
import type { SkipReason } from "../domain/codes.ts";
import { type Fixed, formatFixed, maxFixed, ONE } from "../domain/fixed.ts";
import { exposureOf } from "./exposure.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { lossPerLot } from "./risk-of-stop.ts";
import type { Caps } from "./rules.ts";
import { noRate, ownFigure, type Sizing } from "./sizing.ts";
import { notionalPerLot } from "./view.ts";

export type Cap = {
  readonly reason: SkipReason;
  readonly room: Fixed;
  /** False: what does not fit is refused and not cut. */
  readonly cuts: boolean;
  /** The setting and the numbers behind the room, for the record. */
  readonly facts: Readonly<Record<string, string>>;
};

export const NO_CAPS: readonly Cap[] = [];

/** In the order in which they are recorded. */
export function capsOf(given: Sizing): readonly Cap[] | Refusal {
  const { rules } = given.follower;
  const caps: Cap[] = [];
  const { maxVolume } = rules.guards;
  if (maxVolume !== null) {
    const facts = { maxVolume: formatFixed(maxVolume) };
    caps.push({ reason: "MAX_VOLUME", room: maxVolume, cuts: true, facts });
  }
  const more = [heldCaps, riskCap, marginCap];
  for (const capOf of rules.uses.rareCaps ? more : []) {
    const found = capOf(given);
    if (isRefusal(found)) return found;
    caps.push(...found);
  }
  return caps;
}

function heldCaps(given: Sizing): readonly Cap[] | Refusal {
  const { guards, accountCaps } = given.follower.rules;
  const own = heldCapsOf(given, guards, "subscription");
  if (isRefusal(own) || accountCaps === null) return own;
  const all = heldCapsOf(given, accountCaps, "account");
  return isRefusal(all) ? all : [...own, ...all];
}

function heldCapsOf(
  given: Sizing,
  caps: Caps,
  scope: "subscription" | "account",
): readonly Cap[] | Refusal {
  const { maxOpenPositions, maxVolumePerSymbol, maxTotalVolume, maxLeverage } = caps;
  if (
    maxOpenPositions === null &&
    maxVolumePerSymbol === null &&
    maxTotalVolume === null &&
    maxLeverage === null
  ) {
    return NO_CAPS;
  }
  const { entry, follower, view } = given;
  const held = exposureOf(view, follower, scope);
  const at = scope === "account" ? { of: "account" } : {};
  const isNew = follower.copied === null || follower.copied.holdings.length === 0;
  if (maxOpenPositions !== null && isNew && held.positions >= maxOpenPositions) {
    const facts = { maxOpenPositions: String(maxOpenPositions), open: String(held.positions) };
    return refuse("MAX_POSITIONS", { step: "cut", ...facts, ...at });
  }
  const list: Cap[] = [];
  const lots = (name: string, most: Fixed, now: Fixed): void => {
    const facts = { [name]: formatFixed(most), held: formatFixed(now), ...at };
    const room = maxFixed(0n, most - now);
    list.push({ reason: "MAX_VOLUME", room, cuts: true, facts });
  };
  if (maxVolumePerSymbol !== null) {
    const now = held.bySymbol.get(entry.symbol.spec.name) ?? 0n;
    lots("maxVolumePerSymbol", maxVolumePerSymbol, now);
  }
  if (maxTotalVolume !== null) lots("maxTotalVolume", maxTotalVolume, held.volume);
  if (maxLeverage === null) return list;
  const leverage = leverageCap(given, maxLeverage, held.notional);
  if (isRefusal(leverage)) return leverage;
  return [...list, { ...leverage, facts: { ...leverage.facts, ...at } }];
}

/** (leverage · equity − notional held) / notional of a lot. */
function leverageCap(given: Sizing, most: Fixed, notional: Fixed | null): Cap | Refusal {
  const { view, entry, follower } = given;
  const { currency } = follower.figures;
  const lot = notionalPerLot(view, entry.symbol, currency);
  if (lot === null || notional === null) {
    return noRate("maxLeverage", entry.symbol.spec.profitCurrency, currency);
  }
  const free = (most * ownFigure(follower, "equity")) / ONE - notional;
  const room = maxFixed(0n, (free * ONE * lot.d) / lot.n);
  const facts = { maxLeverage: formatFixed(most), notional: formatFixed(notional) };
  return { reason: "MAX_LEVERAGE", room, cuts: true, facts };
}

/** percent of the equity / loss of a lot at the stop. */
function riskCap(given: Sizing): readonly Cap[] | Refusal {
  const { view, entry, follower, stops } = given;
  const percent = follower.rules.guards.maxRiskPerTradePercent;
  if (percent === null) return NO_CAPS;
  const facts = { maxRiskPerTradePercent: formatFixed(percent) };
  const loss = lossPerLot(view, entry, follower, stops);
  if (isRefusal(loss)) {
    if (loss.refused !== "NO_STOP_LOSS") return loss;
    return refuse("MAX_RISK", { step: "cut", ...facts, stopLoss: "none" });
  }
  const equity = ownFigure(follower, "equity");
  const room = maxFixed(0n, (percent * equity * loss.d) / (100n * loss.n));
  const distance = formatFixed(loss.distance);
  return [{ reason: "MAX_RISK", room, cuts: true, facts: { ...facts, distance } }];
}

/**
 * free margin · (1 − reserved) / margin of a lot, which is notional / leverage; asked only where
 * the rules reserve margin or shrink to it: the broker knows its margin better than this formula.
 */
function marginCap(given: Sizing): readonly Cap[] | Refusal {
  const { view, entry, follower } = given;
  const { guards, shrinkToMargin } = follower.rules;
  const reserved = guards.reservedMarginFraction;
  if (reserved === 0n && !shrinkToMargin) return NO_CAPS;
  const { currency, freeMargin } = follower.figures;
  const lot = notionalPerLot(view, entry.symbol, currency);
  if (lot === null) return noRate("margin", entry.symbol.spec.profitCurrency, currency);
  const leverage = follower.facts.leverage ?? ONE;
  const usable = freeMargin * (ONE - reserved);
  const room = maxFixed(0n, (usable * leverage * lot.d) / (lot.n * ONE));
  const facts = {
    freeMargin: formatFixed(freeMargin),
    reserved: formatFixed(reserved),
    leverage: formatFixed(leverage),
  };
  return [{ reason: "NO_MONEY", room, cuts: shrinkToMargin, facts }];
}
