/**
 * How many lots a copy should have, before any rounding.
 * Sizes are exact fractions that are never reduced: a thousand followers are sized for one signal,
 * and a common divisor costs more than the whole decision. Amounts of the master are converted to
 * the follower's currency; credit is no part of a follower's equity or free margin unless the rules
 * include it. A size of zero or less is NO_MONEY, whatever led to it.
 */
import type { StampedFigures } from "../domain/account.ts";
import { divideHalfEven, type Fixed, formatFixed, ONE } from "../domain/fixed.ts";
import type { FollowerState, Step } from "./decision.ts";
import { type Contracts, type EntryView, SAME_CONTRACT, type Stops } from "./entry.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { lossPerLot } from "./risk-of-stop.ts";
import { tableRow } from "./rules/table-row.ts";
import type { Rules } from "./rules.ts";
import { notionalPerLot, type RatioFigure, type SignalView } from "./view.ts";

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

/** What a size is worked out from. */
export type Sizing = {
  readonly view: SignalView;
  readonly entry: EntryView;
  readonly follower: Sizable;
  readonly stops: Stops;
};

const RATIO_MODES: Readonly<Record<string, RatioFigure>> = {
  "equity-ratio": "equity",
  "balance-ratio": "balance",
  "free-margin-ratio": "freeMargin",
};

export function sizeOpen(given: Sizing): Sized | Refusal {
  const { sizing } = given.follower.rules;
  const { mode } = sizing;
  switch (mode) {
    case "risk-percent":
      return byRisk(given, sizing.riskPercent ?? 0n);
    case "fixed-volume":
      return byVolume(mode, sizing.volume ?? 0n);
    case "multiplier":
    case "same-volume":
      return byMultiplier(given.view, given.entry, given.follower.rules);
    case "equity-percent":
      return byNotional(given, { n: sizing.equityPercent ?? 0n, d: 100n * ONE });
    case "fixed-leverage":
      return byNotional(given, { n: sizing.leverage ?? 0n, d: ONE });
    case "custom":
      return byTable(given);
    default:
      return byRatio(given, RATIO_MODES[mode] ?? "equity");
  }
}

function sized(size: Size, wanted: Fixed, step: Step): Sized | Refusal {
  return size.n <= 0n ? refuse("NO_MONEY", step) : { size, wanted, step };
}

/** Lots, the nearest decimal of eight places. */
export function decimalOf({ n, d }: Size): Fixed {
  return divideHalfEven(n, d);
}

/** Vm · (Cm / Cf) · (own figure / master's figure in the own currency) · multiplier. */
function byRatio({ view, entry, follower }: Sizing, name: RatioFigure): Sized | Refusal {
  const { signal } = view;
  const { figures, rules } = follower;
  const { multiplier, mode } = rules.sizing;
  const master = signal.figures[name];
  if (master <= 0n) {
    return refuse("NO_FIGURES", { step: "size", mode, masterFigure: view.figureText[name] });
  }
  const rate = view.rate(signal.figures.currency, figures.currency);
  if (rate === null) return noRate(mode, signal.figures.currency, figures.currency);
  const own = ownFigure(follower, name);
  const { contracts } = entry;
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
function byMultiplier(view: SignalView, entry: EntryView, rules: Rules): Sized | Refusal {
  const { mode, multiplier } = rules.sizing;
  const contracts = mode === "same-volume" ? SAME_CONTRACT : entry.contracts;
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

function byVolume(mode: string, wanted: Fixed): Sized | Refusal {
  const step = { step: "size", mode, wanted: formatFixed(wanted) };
  return sized({ n: wanted, d: 1n }, wanted, step);
}

/** risk% of the equity over what one lot loses from the expected fill to the stop-loss. */
function byRisk({ view, entry, follower, stops }: Sizing, percent: Fixed): Sized | Refusal {
  const { rules, figures } = follower;
  const { mode } = rules.sizing;
  const loss = lossPerLot(view, entry, follower, stops);
  if ("refused" in loss) return loss;
  const equity = ownFigure(follower, "equity");
  const size = { n: percent * equity * loss.d, d: 100n * loss.n };
  const wanted = decimalOf(size);
  return sized(size, wanted, {
    step: "size",
    mode,
    riskPercent: formatFixed(percent),
    ownFigure: formatFixed(equity),
    distance: formatFixed(loss.distance),
    rate: view.rate(entry.symbol.spec.profitCurrency, figures.currency)?.text ?? "–",
    wanted: formatFixed(wanted),
  });
}

/** A share or multiple of the equity over one lot's notional in the account's currency. */
function byNotional({ view, entry, follower }: Sizing, times: Size): Sized | Refusal {
  const { rules, figures } = follower;
  const { mode } = rules.sizing;
  const lot = notionalPerLot(view, entry.symbol, figures.currency);
  if (lot === null) return noRate(mode, entry.symbol.spec.profitCurrency, figures.currency);
  const equity = ownFigure(follower, "equity");
  const size = { n: times.n * equity * lot.d * ONE, d: times.d * lot.n };
  const wanted = decimalOf(size);
  return sized(size, wanted, {
    step: "size",
    mode,
    times: formatFixed(divideHalfEven(times.n * ONE, times.d)),
    ownFigure: formatFixed(equity),
    lotNotional: formatFixed(divideHalfEven(lot.n, lot.d)),
    wanted: formatFixed(wanted),
  });
}

/** The row of the master's symbol: its exact name, else the first glob that fits. */
function byTable(given: Sizing): Sized | Refusal {
  const { mode, table } = given.follower.rules.sizing;
  const row = tableRow(table, given.view.signal.symbol);
  if (row === null) {
    const { symbol } = given.view.signal;
    return refuse("SYMBOL_EXCLUDED", { step: "size", mode, symbol });
  }
  const sizing =
    row.volume === undefined ? byRisk(given, row.riskPercent ?? 0n) : byVolume(mode, row.volume);
  if ("refused" in sizing) return sizing;
  return { ...sizing, step: { ...sizing.step, row: row.symbol } };
}

/** The follower's figure as sizing counts it. */
export function ownFigure({ figures, rules }: Sizable, name: RatioFigure): Fixed {
  if (name === "balance" || rules.includeCredit) return figures[name];
  return figures[name] - figures.credit;
}

function withContracts(step: Step, { facts }: Contracts): Step {
  return facts === null ? step : { ...step, ...facts };
}

export function noRate(mode: string, from: string, to: string): Refusal {
  return refuse("NO_PRICE", { step: "size", mode, from, to });
}
