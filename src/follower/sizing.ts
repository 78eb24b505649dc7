/**
 * How many lots a copy should have, before any rounding.
 * Sizes are exact fractions that are never reduced: a thousand followers are sized for one signal,
 * and a common divisor costs more than the whole decision. Amounts of the master are converted to
 * the follower's currency; credit is no part of a follower's equity or free margin.
 * A size of zero or less is NO_MONEY, whatever led to it.
 */
import type { StampedFigures } from "../domain/account.ts";
import {
  absFixed,
  divideHalfEven,
  type Fixed,
  formatFixed,
  maxFixed,
  ONE,
} from "../domain/fixed.ts";
import type { FollowerState, Step } from "./decision.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import {
  fillPrice,
  type RatioFigure,
  type SignalView,
  type Stops,
  type SymbolView,
} from "./view.ts";

/** n / d in units of 1e-8 lots, not in lowest terms; both are above zero. */
export type Size = { readonly n: bigint; readonly d: bigint };

export type Sized = {
  readonly size: Size;
  /** Lots, the nearest decimal of eight places. */
  readonly wanted: Fixed;
  readonly step: Step;
};

/** A follower whose account has been seen. */
export type Sizable = FollowerState & { readonly figures: StampedFigures };

const RATIO_MODES: Readonly<Record<string, RatioFigure>> = {
  "equity-ratio": "equity",
  "balance-ratio": "balance",
  "free-margin-ratio": "freeMargin",
};

export function sizeOpen(
  view: SignalView,
  symbol: SymbolView,
  follower: Sizable,
  stops: Stops,
): Sized | Refusal {
  const { mode, volume } = follower.rules.sizing;
  const ratioFigure = RATIO_MODES[mode];
  if (ratioFigure !== undefined) return byRatio(view, symbol, follower, ratioFigure);
  if (mode === "risk-percent") return byRisk(view, symbol, follower, stops);
  if (mode !== "fixed-volume") return byMultiplier(view, symbol, follower.rules);
  const wanted = volume ?? 0n;
  const step = { step: "size", mode, wanted: formatFixed(wanted) };
  return sized({ n: wanted, d: 1n }, wanted, step);
}

function sized(size: Size, wanted: Fixed, step: Step): Sized | Refusal {
  return size.n <= 0n ? refuse("NO_MONEY", step) : { size, wanted, step };
}

/** Lots, the nearest decimal of eight places. */
function decimalOf({ n, d }: Size): Fixed {
  return divideHalfEven(n, d);
}

/** Vm · (Cm / Cf) · (own figure / master's figure in the own currency) · multiplier. */
function byRatio(
  view: SignalView,
  symbol: SymbolView,
  { figures, rules }: Sizable,
  name: RatioFigure,
): Sized | Refusal {
  const { signal } = view;
  const { multiplier, mode } = rules.sizing;
  const master = signal.figures[name];
  if (master <= 0n) {
    return refuse("NO_FIGURES", { step: "size", mode, masterFigure: view.figureText[name] });
  }
  const rate = view.rate(signal.figures.currency, figures.currency);
  if (rate === null) return noRate(mode, signal.figures.currency, figures.currency);
  const own = ownFigure(figures, name);
  const contracts = contractsOf(view, symbol);
  const size = {
    n: signal.volume * contracts.n * own * multiplier * rate.d,
    d: contracts.d * master * rate.n * ONE,
  };
  const wanted = decimalOf(size);
  const step = {
    step: "size",
    mode,
    masterVolume: view.volumeText,
    masterFigure: view.figureText[name],
    ownFigure: formatFixed(own),
    rate: rate.text,
    multiplier: formatFixed(multiplier),
    wanted: formatFixed(wanted),
  };
  return sized(size, wanted, withContracts(step, contracts));
}

/** Vm · multiplier, by contract size unless the lots are to be the same. */
function byMultiplier(view: SignalView, symbol: SymbolView, rules: Rules): Sized | Refusal {
  const { mode, multiplier } = rules.sizing;
  const contracts = mode === "same-volume" ? SAME_CONTRACT : contractsOf(view, symbol);
  const size = { n: view.signal.volume * contracts.n * multiplier, d: contracts.d * ONE };
  const wanted = decimalOf(size);
  const step = {
    step: "size",
    mode,
    masterVolume: view.volumeText,
    multiplier: formatFixed(multiplier),
    wanted: formatFixed(wanted),
  };
  return sized(size, wanted, withContracts(step, contracts));
}

/** risk% of the equity over what one lot loses from the expected fill to the stop-loss. */
function byRisk(
  view: SignalView,
  symbol: SymbolView,
  { figures, rules }: Sizable,
  stops: Stops,
): Sized | Refusal {
  const { mode, riskPercent } = rules.sizing;
  const distance = riskDistance(view, symbol, rules, stops);
  if (typeof distance !== "bigint") return distance;
  const rate = view.rate(symbol.spec.profitCurrency, figures.currency);
  if (rate === null) return noRate(mode, symbol.spec.profitCurrency, figures.currency);
  const equity = ownFigure(figures, "equity");
  const size = {
    n: (riskPercent ?? 0n) * equity * rate.d * ONE,
    d: 100n * distance * symbol.spec.contractSize * rate.n,
  };
  const wanted = decimalOf(size);
  return sized(size, wanted, {
    step: "size",
    mode,
    riskPercent: formatFixed(riskPercent ?? 0n),
    ownFigure: formatFixed(equity),
    distance: formatFixed(distance),
    rate: rate.text,
    wanted: formatFixed(wanted),
  });
}

/** From the expected fill to the stop that will be placed, at least spread + stop level. */
function riskDistance(
  view: SignalView,
  symbol: SymbolView,
  { sizing }: Rules,
  { stopLoss, stopLossAsked }: Stops,
): Fixed | Refusal {
  const fill = fillPrice(symbol, view.signal.side) ?? 0n;
  if (stopLoss === null || stopLossAsked === null) {
    if (sizing.assumedStopPoints === null) {
      return refuse("NO_STOP_LOSS", { step: "size", mode: sizing.mode });
    }
    const assumed = BigInt(sizing.assumedStopPoints) * symbol.point;
    const least = spreadOf(symbol) + BigInt(symbol.spec.stopLevelPoints) * symbol.point;
    return maxFixed(assumed, least);
  }
  const asked = view.signal.side === "buy" ? fill - stopLossAsked : stopLossAsked - fill;
  if (asked <= 0n) {
    return refuse("INVALID_STOPS", {
      step: "size",
      mode: sizing.mode,
      price: formatFixed(fill),
      stopLoss: formatFixed(stopLossAsked),
    });
  }
  return absFixed(fill - stopLoss);
}

function spreadOf({ quote }: SymbolView): Fixed {
  return quote === null ? 0n : maxFixed(0n, quote.ask - quote.bid);
}

function ownFigure(figures: StampedFigures, name: RatioFigure): Fixed {
  return name === "balance" ? figures.balance : figures[name] - figures.credit;
}

/** Master's over own contract size; the texts are there where they differ. */
type Contracts = Size & { readonly facts: Readonly<Record<string, string>> | null };

const SAME_CONTRACT: Contracts = { n: 1n, d: 1n, facts: null };

function contractsOf({ signal }: SignalView, { spec }: SymbolView): Contracts {
  if (signal.contractSize === spec.contractSize) return SAME_CONTRACT;
  return {
    n: signal.contractSize,
    d: spec.contractSize,
    facts: {
      masterContract: formatFixed(signal.contractSize),
      ownContract: formatFixed(spec.contractSize),
    },
  };
}

function withContracts(step: Step, { facts }: Contracts): Step {
  return facts === null ? step : { ...step, ...facts };
}

function noRate(mode: string, from: string, to: string): Refusal {
  return refuse("NO_PRICE", { step: "size", mode, from, to });
}
