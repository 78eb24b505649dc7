/**
 * The words of a decision: what the decider reads (a follower's state and the market), and the
 * recorded answer it gives to a signal, with every step that led to it.
 */
import type { AccountRef, PositionMode, StampedFigures } from "../domain/account.ts";
import type { SkipReason } from "../domain/codes.ts";
import type { Fixed } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { InstructionKind } from "../domain/instruction.ts";
import type { OrderType, PendingTerms } from "../domain/pending-order.ts";
import type { Ratio } from "../domain/ratio.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";
import type { Side } from "../domain/trade.ts";
import type { MappedSymbol } from "./rules/symbol-map.ts";
import type { Rules } from "./rules.ts";

/**
 * opening: an open is unanswered; pending: nothing but an order stands, or a part of it has filled;
 * detached and stopped-out: the follower's side ended it.
 */
export type CopyState =
  | "opening"
  | "pending"
  | "open"
  | "closed"
  | "detached"
  | "stopped-out"
  | "never-opened";

/** One broker position that carries (part of) a copied position. */
export type Holding = { readonly positionId: string; readonly volume: Fixed };

/** The follower's own pending order, linked to one of the master's. */
export type MirroredOrder = PendingTerms & {
  /** Of the instruction that placed it: the deals that fill it bear it. */
  readonly key: string;
  /** The broker's; null once it stands no more. */
  readonly orderId: string | null;
  /** Lots placed, and those that have filled. */
  readonly volume: Fixed;
  readonly filled: Fixed;
  /** The deals that are counted in it. */
  readonly deals: readonly string[];
  /** When the first of them was heard of. */
  readonly firedAt: Instant | null;
  /** The master's order stands no more, and what it did not fill never will. */
  readonly masterGone: boolean;
  /** The master's position that has taken over what it filled; null: none yet. */
  readonly linked: string | null;
  /** The master's lots that were answered by it. */
  readonly masterFilled: Fixed;
  /** A change was refused: it stands where the master's does not. */
  readonly astray: boolean;
};

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
  /** Of a mirrored order, whose place is the master's order; absent or null: none. */
  readonly order?: MirroredOrder | null;
  /** The sequence of the signal that opened it, whose rules it keeps; absent: not known. */
  readonly openedBy?: number;
};

/** What the broker says of an account that decisions ask. */
export type AccountFacts = {
  /** Null where it is not known: then margin is reckoned without any. */
  readonly leverage: Fixed | null;
  /** Both sides of a symbol at once are refused. */
  readonly hedgingProhibited: boolean;
  /** False where the terminal or the broker takes no orders at all. */
  readonly tradeAllowed: boolean;
  /** The pending orders that the broker takes; absent: none. */
  readonly pendingOrders?: readonly OrderType[];
};

export type Barred = Extract<SkipReason, "RISK_LIMIT" | "PLAN_LAPSED">;

export type LaterStops = { readonly stopLoss: Fixed | null; readonly takeProfit: Fixed | null };

/** Whose copies are counted: the subscription's own, or the whole account's. */
export type Scope = "subscription" | "account";

/** What a subscription remembers of its own opens. */
export type Recent = {
  /** Lots that rounding has lost, by the broker's own symbol. */
  readonly carried: ReadonlyMap<string, Fixed>;
  /** When it opened, oldest first, as far as a throttle asks. */
  readonly opens: readonly Instant[];
  /** The throttle has tripped and was not enabled again. */
  readonly tripped: boolean;
  /** The sequence of the signal that tripped it; absent where it has not. */
  readonly trippedBy?: number;
};

export type FollowerState = {
  readonly subscriptionId: string;
  readonly account: AccountRef;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly online: boolean;
  /** False where opens are disarmed: an unknown outcome, or no snapshot yet. */
  readonly armed: boolean;
  /** Whether a kill switch covers the account or the subscription. */
  readonly killed: boolean;
  readonly mode: "active" | "close-only" | "paused" | "monitor" | "stopped";
  readonly rules: Rules;
  readonly rulesVersion: number;
  /** The latest known, after the outcomes of earlier signals; null before the first snapshot. */
  readonly figures: StampedFigures | null;
  /** What this subscription holds of the signal's position; null where it was never decided to copy. */
  readonly copied: CopiedPosition | null;
  /** Of a signal whose deal fills a pending order, what mirrors that; null or absent: nothing. */
  readonly mirror?: CopiedPosition | null;
  /** Of a signal of an order, the copy that has taken over what mirrored it. */
  readonly linked?: CopiedPosition | null;
  /** A later signal that waits has filled the order, or says that it is gone. */
  readonly isOver?: boolean;
  /** When the ledger was last restored from a backup; null or absent: never. */
  readonly restoredAt?: Instant | null;
  /** What bars opens from outside the rules, and holds back no close. */
  readonly barred: Barred | null;
  /** Stops that the master has set since the signal, where the open has waited for them. */
  readonly laterStops: LaterStops | null;
  readonly facts: AccountFacts;
  readonly recent: Recent;
  /** Copies that may still hold something, the signal's own position among them. */
  copies(scope: Scope): Iterable<CopiedPosition>;
};

/** An economic release, as far as a decision tells of it. */
export type NewsEvent = {
  readonly currency: string;
  readonly impact: string;
  readonly title: string;
  readonly at: Instant;
};

/** What the calendar asks: releases of these impacts for these currencies, both ends included. */
export type NewsQuestion = {
  readonly currencies: readonly string[];
  readonly impacts: readonly string[];
  readonly from: Instant;
  readonly to: Instant;
};

export type Market = {
  readonly now: Instant;
  /** Facts and quote of a symbol at the follower's broker, by the broker's own name. */
  spec(symbol: string): SymbolSpec | undefined;
  quote(symbol: string): Quote | undefined;
  /** Units of `to` for one `from`, by mid: the direct pair, its inverse, or through USD. */
  rate(from: string, to: string): Ratio | null;
  /** Whether the symbol is traded now, as far as its sessions are known; absent: nobody knows. */
  isOpen?(symbol: string): boolean;
  /** The master broker's own quote, by its own name; absent where it is not at hand. */
  masterQuote?(symbol: string): Quote | undefined;
  /** What somebody confirmed the signal's symbol to be at this broker; absent where nobody has. */
  readonly mapped?: MappedSymbol;
  /** The fraction that the master's equity is under its peak; null or absent: not known. */
  readonly masterDrawdown?: Fixed | null;
  /** The first release that fits; absent where there is no calendar. */
  news?(question: NewsQuestion): NewsEvent | null;
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
  /** Of a pending order: as in an instruction. */
  readonly orderId?: string | null;
  readonly pending?: PendingTerms | null;
  readonly stopLoss: Fixed | null;
  readonly takeProfit: Fixed | null;
};

/** What the subscription must remember once the decision is written. */
export type Remember = {
  /** What rounding has lost of the symbol by now. */
  readonly carried?: { readonly symbol: string; readonly left: Fixed };
  readonly tripped?: true;
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
  /** The place of the copy that it is about, where that is not the signal's own. */
  readonly place?: string;
  /** How long to wait before the plans are sent; absent: not at all. */
  readonly delayMs?: number;
  readonly remember?: Remember;
};
