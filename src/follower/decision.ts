/**
 * The words of a decision: what the decider reads (a follower's state and the market), and the
 * recorded answer it gives to a signal, with every step that led to it.
 */
import type { AccountRef, PositionMode, StampedFigures } from "../domain/account.ts";
import type { SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { InstructionKind } from "../domain/instruction.ts";
import type { Ratio } from "../domain/ratio.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";
import type { Side } from "../domain/trade.ts";
import type { Rules } from "./rules.ts";

/** opening: an open is unanswered; detached and stopped-out: the follower's side ended it. */
export type CopyState = "opening" | "open" | "closed" | "detached" | "stopped-out" | "never-opened";

/** One broker position that carries (part of) a copied position. */
export type Holding = { readonly positionId: string; readonly volume: Fixed };

/** What one subscription holds of one master position: the exact target and the lots held. */
export type CopiedPosition = {
  readonly subscriptionId: string;
  /** The master's position. */
  readonly position: string;
  /** The follower broker's own name. */
  readonly symbol: string;
  readonly side: Side;
  readonly state: CopyState;
  readonly target: Ratio;
  /** Oldest first; their volumes add up to what is held. */
  readonly holdings: readonly Holding[];
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
  /** The follower's volume-weighted opening price, and the master's. */
  readonly openPrice: Fixed | null;
  readonly masterOpenPrice: Fixed | null;
  /** The sequence of the last signal that the target and the holdings include. */
  readonly through: number;
};

export type FollowerState = {
  readonly subscriptionId: string;
  readonly account: AccountRef;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly online: boolean;
  /** False where opens are disarmed: an unknown outcome, or no snapshot yet. */
  readonly armed: boolean;
  /** Whether a kill state covers the account. */
  readonly killed: boolean;
  readonly mode: "active" | "close-only" | "paused" | "monitor" | "stopped";
  readonly rules: Rules;
  readonly rulesVersion: number;
  /** The latest known, after the outcomes of earlier signals; null before the first snapshot. */
  readonly figures: StampedFigures | null;
  /** What this subscription holds of the signal's position; null where it was never decided to copy. */
  readonly copied: CopiedPosition | null;
};

export type Market = {
  readonly now: Instant;
  /** Facts and quote of a symbol at the follower's broker, by the broker's own name. */
  spec(symbol: string): SymbolSpec | undefined;
  quote(symbol: string): Quote | undefined;
  /** Units of `to` for one `from`, by mid: the direct pair, its inverse, or through USD. */
  rate(from: string, to: string): Ratio | null;
};

/** One step of the reasoning: a closed name and the numbers it used, as decimal text. */
export type Step = { readonly step: string; readonly [fact: string]: string };

/** One instruction to be; `part` counts from 1 where a volume is split. */
export type Plan = {
  readonly part: number;
  readonly kind: InstructionKind;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Fixed | null;
  readonly positionId: string | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
};

export type Decision = {
  readonly decision: "copy" | "skip";
  readonly reason: SkipReason | null;
  /** Lots before rounding: to open, or to close; null for protect and where sizing was not reached. */
  readonly wanted: Fixed | null;
  /** Lots of all plans together; zero on a skip. */
  readonly volume: Fixed;
  readonly steps: readonly Step[];
  readonly plans: readonly Plan[];
  /** The copied position's new exact target, where the signal changes it (also on a skip). */
  readonly target: Ratio | null;
};
