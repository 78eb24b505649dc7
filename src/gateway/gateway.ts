/**
 * The broker port. Events are hints, snapshots are the truth, and a `gap` means: take a snapshot
 * before copying on. A call that fails to reach the broker throws GATEWAY_DOWN, and a call whose
 * answer was lost returns an outcome of status `unknown`; neither is ever a rejection.
 */
import type { AccountRef, PositionMode, StampedFigures } from "../domain/account.ts";
import type { CashMovement } from "../domain/cash.ts";
import type { OutcomeCode } from "../domain/codes.ts";
import type { Instant } from "../domain/instant.ts";
import type { CloseByInstruction, Instruction, Outcome } from "../domain/instruction.ts";
import type { OrderType, PendingOrder } from "../domain/pending-order.ts";
import type { Quote, SymbolSpec } from "../domain/symbol.ts";
import type { Deal, Position, Snapshot } from "../domain/trade.ts";

export type Capabilities = {
  readonly positionMode: PositionMode;
  readonly delivery: "push" | "poll";
  /** native: the broker dedupes by key; tagged: the key can be looked up; none: neither. */
  readonly idempotency: "native" | "tagged" | "none";
  /** Whether the far side refuses an older fence than it has seen. */
  readonly checksFences: boolean;
  readonly stopsOnEntry: boolean;
  readonly partialClose: boolean;
  /** What was told last; absent: nothing. */
  readonly allowed?: Allowed;
  /** The pending orders it takes; absent: none. */
  readonly pendingOrders?: readonly OrderType[];
  readonly history: boolean;
  readonly quotes: boolean;
  /** Instructions of one account that may be unanswered at once. */
  readonly inFlightMax: number;
  readonly requestsPerSecond: number;
  /** How long "not found" proves nothing: lease time + freeze + network hold + history lag. */
  readonly quarantineMs: number;
};

/** What the far side lets the account do, by its own word. */
export type Allowed = {
  /** False where the terminal or the broker takes no orders at all. */
  readonly tradeAllowed: boolean;
  /** Both sides of a symbol at once are refused. */
  readonly hedgingProhibited: boolean;
  /** Of several positions of a symbol the oldest has to be closed first; absent: it does not tell. */
  readonly closesOldestFirst?: boolean;
};

/**
 * What became of a pending order. triggered: the deal that fills it comes next; refused: it was
 * triggered and the broker would not execute it. After these, expired and cancelled it is gone.
 */
export type OrderChange = "placed" | "changed" | "triggered" | "refused" | "expired" | "cancelled";

/** Every event of an account has the next sequence number; a hole is a gap. */
export type AccountEvent =
  | {
      readonly type: "deal";
      readonly deal: Deal;
      /** The position after the deal, or null where it is closed. */
      readonly position: Position | null;
      /** The account's figures just before the deal. */
      readonly before: StampedFigures;
    }
  | { readonly type: "position"; readonly position: Position; readonly before: StampedFigures }
  | {
      readonly type: "order";
      readonly change: OrderChange;
      /** As it stands after the change, or stood before it went. */
      readonly order: PendingOrder;
      /** Why it was refused; null for the other changes. */
      readonly code: OutcomeCode | null;
      readonly before: StampedFigures;
    }
  | {
      /** Money was paid in or out, or credit given or taken: no trade. */
      readonly type: "cash";
      readonly movement: CashMovement;
      /** The account's figures with it. */
      readonly after: StampedFigures;
    };

export type GatewayEvent =
  | {
      readonly type: "event";
      readonly account: AccountRef;
      readonly sequence: number;
      readonly at: Instant;
      readonly event: AccountEvent;
    }
  | { readonly type: "allowed"; readonly account: AccountRef; readonly allowed: Allowed }
  | { readonly type: "figures"; readonly account: AccountRef; readonly figures: StampedFigures }
  | { readonly type: "quote"; readonly brokerId: string; readonly quote: Quote }
  /** The broker has changed a symbol's facts: its hours, limits or steps. */
  | { readonly type: "symbol"; readonly brokerId: string; readonly spec: SymbolSpec }
  | { readonly type: "link"; readonly account: AccountRef; readonly up: boolean }
  | { readonly type: "gap"; readonly account: AccountRef };

export type NotFound = { readonly status: "not-found" };

export interface Gateway {
  readonly kind: string;
  capabilities(account: AccountRef): Capabilities;
  /** Begins to deliver events until the signal aborts. */
  start(sink: (event: GatewayEvent) => void, signal: AbortSignal): Promise<void>;
  accounts(): Promise<AccountRef[]>;
  /** Complete, or it throws. */
  snapshot(account: AccountRef): Promise<Snapshot>;
  /** All that the far side shows, or the one of that name where it is given and there. */
  symbols(account: AccountRef, name?: string): Promise<SymbolSpec[]>;
  /** The same key twice: the same outcome, one order. */
  execute(instruction: Instruction): Promise<Outcome>;
  /** Of a hedging account, where it can; the same key twice: the same outcome. */
  closeBy?(instruction: CloseByInstruction): Promise<Outcome>;
  /**
   * What became of a key; `not-found` counts only after the quarantine. Where the far side checks
   * fences, it refuses from then on whatever comes under an older one than `fence`, so that what
   * was not found is not executed afterwards; asked under an older one itself, it answers nothing.
   */
  lookup(account: AccountRef, key: string, fence?: number): Promise<Outcome | NotFound>;
  deals?(account: AccountRef, from: Instant, to: Instant): AsyncIterable<Deal>;
  /** What was paid in and out from `from` up to and including `to`; absent: nobody can tell. */
  cash?(account: AccountRef, from: Instant, to: Instant): AsyncIterable<CashMovement>;
  quote?(account: AccountRef, symbol: string): Promise<Quote>;
  serverClock(): Promise<{ readonly server: Instant; readonly local: Instant }>;
}
