/** Limits and equity points for tests, with amounts as plain numbers of the currency. */
import { fixedFromNumber, fixedToNumber, parseFixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { type CompiledLimit, compileLimit, DEFAULT_LIMIT, type RiskLimit } from "../risk/limit.ts";
import type { LimitEvent } from "../risk/limit-event.ts";
import {
  advanceLimit,
  INITIAL_STATE,
  type LimitState,
  type Measured,
} from "../risk/limit-state.ts";
import type { EquityPoint } from "../risk/reference.ts";
import type { AccountPoint } from "../risk/service.ts";

type Decimals = "absolute" | "relative" | "alertAt" | "closeOnlyAt" | "actAt" | "startAmount";
export type LimitText = Partial<Omit<RiskLimit, Decimals> & Record<Decimals, string | null>>;

const DECIMALS = [
  "absolute",
  "relative",
  "alertAt",
  "closeOnlyAt",
  "actAt",
  "startAmount",
] as const;

/** A limit with its decimals as in the JSON. */
export function limitOf(text: LimitText): RiskLimit {
  const decimals = DECIMALS.flatMap((name) => {
    const value = text[name];
    return value === undefined ? [] : [[name, value === null ? null : parseFixed(value)]];
  });
  return { ...DEFAULT_LIMIT, ...text, ...Object.fromEntries(decimals) };
}

export const compiled = (text: LimitText): CompiledLimit => compileLimit(limitOf(text));

export type PointNumbers = {
  readonly equity: number;
  readonly balance?: number;
  readonly credit?: number;
  readonly flow?: number;
};

export function pointOf(at: Instant | string, numbers: PointNumbers): EquityPoint {
  const { equity, balance = equity, credit = 0, flow = 0 } = numbers;
  return {
    at: typeof at === "string" ? Date.parse(at) : at,
    equity: fixedFromNumber(equity),
    balance: fixedFromNumber(balance),
    credit: fixedFromNumber(credit),
    flow: fixedFromNumber(flow),
  };
}

/** As a keeper is fed: `paidIn` is all that was ever paid in. */
export function accountPointOf(
  at: Instant | string,
  numbers: Omit<PointNumbers, "flow"> & { readonly paidIn?: number },
): AccountPoint {
  const { flow: _, ...point } = pointOf(at, numbers);
  return { ...point, paidIn: fixedFromNumber(numbers.paidIn ?? 0) };
}

export type Played = {
  readonly state: LimitState;
  readonly events: readonly LimitEvent[];
  readonly measured: Measured | null;
};

export function play(
  limit: CompiledLimit,
  points: readonly EquityPoint[],
  from: LimitState = INITIAL_STATE,
): Played {
  const events: LimitEvent[] = [];
  let state = from;
  let measured: Measured | null = null;
  for (const point of points) {
    const advanced = advanceLimit(limit, state, point);
    state = advanced.state;
    measured = advanced.measured;
    if (advanced.event !== null) events.push(advanced.event);
  }
  return { state, events, measured };
}

/** The measured amount as a number; NaN where nothing is measured. */
export const amountOf = ({ measured }: Played): number =>
  measured === null ? Number.NaN : fixedToNumber(measured.amount);
