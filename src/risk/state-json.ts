/**
 * A guard's state as it is stored: decimals as text. What was measured under another definition of
 * the limit is dropped when it is read; a stage that was reached stays reached.
 */
import { z } from "zod";
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, formatFixed, parseFixed } from "../domain/fixed.ts";
import type { CompiledLimit } from "./limit.ts";
import { INITIAL_STATE, type LimitState } from "./limit-state.ts";
import type { ThrottleState } from "./throttle.ts";

const fixed = z.string().transform((text): Fixed => parseFixed(text));
const amounts = z.strictObject({ balance: fixed, equity: fixed });
const instant = z.int();
const stage = z.enum(["clear", "alert", "close-only", "close-all-and-stop"]);
const sample = z.strictObject({
  balance: fixed,
  equity: fixed,
  firstAt: instant,
  lastAt: instant,
  high: fixed,
  low: fixed,
});
const reference = z.strictObject({
  from: instant,
  to: instant,
  start: amounts,
  high: fixed,
  low: fixed,
  window: z.strictObject({ carried: amounts, samples: z.array(sample) }).nullable(),
});
const LIMIT_STATE = z.strictObject({
  stage,
  events: z.int(),
  at: instant.nullable(),
  last: amounts.nullable(),
  reference: reference.nullable(),
  paidIn: fixed.nullable().default(null),
  exceededSince: z.strictObject({
    alert: instant.exactOptional(),
    "close-only": instant.exactOptional(),
    "close-all-and-stop": instant.exactOptional(),
  }),
});
const THROTTLE_STATE = z.strictObject({
  opens: z.array(instant),
  trippedAt: instant.nullable(),
  events: z.int(),
});

/** JSON text, with every decimal as text. */
export function stateToJson(state: LimitState | ThrottleState): string {
  return JSON.stringify(state, (_, value: unknown) =>
    typeof value === "bigint" ? formatFixed(value) : value,
  );
}

/** The parts of a limit that decide what its references mean, as text. */
export function basisOf(limit: CompiledLimit): string {
  const { measure, kind, period, rolling, since, timeZone, resetAt, startAmount } = limit;
  // A relative limit scales its references at a cash flow, and an absolute one shifts them.
  const flows = limit.relative === null ? "shift" : "scale";
  const start = startAmount === null ? null : formatFixed(startAmount);
  return JSON.stringify([measure, kind, period, rolling, since, timeZone, resetAt, start, flows]);
}

/** BAD_MESSAGE for a state of an unknown shape. */
export function limitStateFromJson(json: unknown, isSameBasis: boolean): LimitState {
  const state = read(LIMIT_STATE, json);
  if (isSameBasis) return state;
  return { ...INITIAL_STATE, stage: state.stage, events: state.events };
}

export function throttleStateFromJson(json: unknown): ThrottleState {
  return read(THROTTLE_STATE, json);
}

function read<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new LockstepError("BAD_MESSAGE", {
    what: "the state of a guard",
    path: issue?.path.map(String).join("."),
    wrong: issue?.message,
  });
}
