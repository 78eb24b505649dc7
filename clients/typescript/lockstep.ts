// Written by `npm run docs` from the API's own document: change the routes, not this.
import { Transport, type Answer, type Options } from "./transport.ts";
export { LockstepProblem, type Answer, type Options } from "./transport.ts";

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: "IDEMPOTENCY_KEY_NEEDED" | "MALFORMED" | "UNKNOWN_VERSION" | "STEP_UP_REQUIRED" | "UNAUTHENTICATED" | "FORBIDDEN" | "NOT_FOUND" | "UNKNOWN_ACCOUNT" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "IDEMPOTENCY_IN_FLIGHT" | "IDEMPOTENCY_UNKNOWN" | "IN_USE" | "PLAN_CHANGED" | "PRECONDITION_FAILED" | "BODY_TOO_LARGE" | "UNSUPPORTED_MEDIA" | "BAD_INPUT" | "BAD_NUMBER" | "BAD_RULES" | "IDEMPOTENCY_MISMATCH" | "INVALID" | "UNKNOWN_SYMBOL" | "PRECONDITION_NEEDED" | "RATE_LIMITED" | "INTERNAL" | "DATABASE_DOWN" | "FENCE_STALE" | "GATEWAY_DOWN" | "LIMIT_REACHED" | "QUEUE_DOWN" | "UNAVAILABLE";
  readonly request_id: string;
  readonly safe_to_retry: true | false | "unknown";
  readonly errors?: readonly ({
    readonly pointer: string;
    readonly code: string;
    readonly detail: string;
  })[];
};

export type Account = {
  readonly id: string;
  readonly broker_id: string;
  readonly broker: string;
  readonly login: string;
  readonly name: string;
  /** ISO 4217, of all amounts. */
  readonly currency: string;
  readonly position_mode: "hedging" | "netting";
  readonly leverage: string;
  readonly created_at: string;
  readonly archived_at: string | null;
  readonly tags: readonly (string)[];
  readonly balance: string | null;
  readonly credit: string | null;
  readonly equity: string | null;
  readonly margin: string | null;
  /** When the figures were so; null: never seen. */
  readonly as_of: string | null;
};

export type Position = {
  readonly account_id: string;
  readonly position_id: string;
  readonly leg: number;
  /** The instruction's key, where the hub traded it. */
  readonly key: string | null;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  /** Lots. */
  readonly volume: string;
  readonly open_price: string;
  readonly stop_loss: string | null;
  readonly take_profit: string | null;
  readonly opened_at: string;
  readonly as_of: string;
};

export type Order = {
  readonly account_id: string;
  readonly order_id: string;
  /** The instruction's key, where the hub traded it. */
  readonly key: string | null;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly volume: string;
  readonly filled: string;
  readonly at: string;
};

export type Deal = {
  readonly account_id: string;
  readonly deal_id: string;
  readonly order_id: string;
  readonly position_id: string;
  readonly leg: number;
  /** The instruction's key, where the hub traded it. */
  readonly key: string | null;
  readonly magic: number;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly entry: "in" | "out" | "inout";
  readonly volume: string;
  readonly price: string;
  readonly profit: string;
  readonly commission: string;
  readonly swap: string;
  readonly reason: string;
  readonly at: string;
};

export type EquityPoint = {
  readonly account_id: string;
  readonly at: string;
  readonly currency: string;
  readonly balance: string;
  readonly credit: string;
  readonly equity: string;
  readonly margin: string;
};

export type Reenabled = {
  readonly data: readonly ({
    /** Null: what holds for all that the account copies. */
    readonly subscription_id: string | null;
    readonly strategy: string | null;
    /** Its throttle had stopped it. */
    readonly throttle: boolean;
    /** So many risk limits had. */
    readonly limits: number;
  })[];
};

export type PairingCode = {
  /** Of what comes of it. */
  readonly connection_id: string;
  readonly account_id: string;
  /** To be typed at the terminal. Shown this once. */
  readonly code: string;
  readonly expires_at: string;
};

export type Terminal = {
  readonly id: string;
  readonly account_id: string;
  readonly broker: string;
  readonly login: string;
  readonly platform: string;
  /** The broker's, as the terminal tells it. */
  readonly server: string;
  readonly paired_at: string;
  readonly revoked_at: string | null;
  /** Null: another process owns the account, or it is revoked. */
  readonly is_online: boolean | null;
};

export type Connection = {
  readonly id: string;
  readonly account_id: string;
  readonly state: "waiting" | "expired" | "withdrawn" | "paired" | "revoked";
  /** Of the code. */
  readonly expires_at: string;
};

export type Group = {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  /** Of its accounts, those that you may see. */
  readonly accounts: readonly (string)[];
  /** Of these accounts, a line a currency. */
  readonly totals: readonly (Total)[];
};

export type Total = {
  readonly currency: string;
  readonly accounts: number;
  /** Of these, how many have no figures yet: they are in no sum. */
  readonly unseen: number;
  readonly balance: string;
  readonly credit: string;
  readonly equity: string;
  readonly margin: string;
  /** Equity less balance and credit. */
  readonly floating: string;
};

export type Subtotal = {
  /** An id; a tag or a currency itself. */
  readonly of: string;
  readonly name: string;
  readonly totals: readonly (Total)[];
};

export type RuleLayer = {
  /** 0: it says nothing yet. */
  readonly version: number;
  /** Replication rules, as docs/replication-rules.md lists them. */
  readonly rules: Readonly<Record<string, unknown>>;
  readonly by_whom: string | null;
  readonly reason: string | null;
  readonly created_at: string | null;
};

export type Broker = {
  readonly id: string;
  readonly name: string;
  /** How the hub speaks to it. */
  readonly gateway: string;
  /** Of those that you may see. */
  readonly accounts: number;
  readonly symbols: number;
};

export type Symbol = {
  /** The broker's own. */
  readonly name: string;
  readonly digits: number;
  readonly tick_size: string;
  /** Null: the contract size says it. */
  readonly tick_value: string | null;
  /** Units of the base in one lot. */
  readonly contract_size: string;
  readonly volume_min: string;
  readonly volume_max: string;
  readonly volume_step: string;
  readonly base_currency: string;
  readonly profit_currency: string;
  readonly stop_level_points: number;
  readonly freeze_level_points: number;
  readonly trade_mode: "full" | "close-only" | "disabled";
  /** When these facts were first so. */
  readonly seen_at: string;
};

export type Quote = {
  readonly symbol: string;
  readonly bid: string;
  readonly ask: string;
  readonly as_of: string;
};

export type SymbolSuggestion = {
  readonly master_broker_id: string;
  readonly follower_broker_id: string;
  /** The master's. */
  readonly symbol: string;
  /** The follower's. */
  readonly to: string;
  /** 1 to 100. */
  readonly score: number;
  /** Only what is certain may be confirmed without a look. */
  readonly grade: "certain" | "likely" | "possible";
  readonly reasons: readonly (string)[];
  /** What is not the same and has to be known. */
  readonly differences: readonly (string)[];
  /** The follower's price over the master's. */
  readonly price_factor: string | null;
};

export type SymbolMapping = {
  readonly master_broker_id: string;
  readonly follower_broker_id: string;
  /** The master's. */
  readonly symbol: string;
  /** The follower's. */
  readonly to: string;
  readonly price_factor: string;
  readonly by_whom: string;
  readonly reason: string;
  readonly confirmed_at: string;
};

export type Strategy = {
  readonly id: string;
  readonly name: string;
  readonly master_id: string;
  readonly master: string;
  /** The master's. */
  readonly broker_id: string;
  readonly currency: string;
  readonly created_at: string;
  /** That are not stopped. */
  readonly subscriptions: number;
  /** Of what is promised; 0: nothing was published yet. */
  readonly version: number;
  /** private: its own people; unlisted: who knows its id; public: everybody here. */
  readonly visibility: "private" | "unlisted" | "public";
  readonly description: string;
  readonly terms: string;
};

export type StrategyVersion = {
  readonly strategy_id: string;
  readonly version: number;
  /** private: its own people; unlisted: who knows its id; public: everybody here. */
  readonly visibility: "private" | "unlisted" | "public";
  readonly description: string;
  readonly terms: string;
  readonly by_whom: string;
  readonly created_at: string;
};

export type RulesApplication = {
  readonly request_id: string;
  readonly subscription_id: string;
  readonly dry_run: boolean;
  readonly state: "waiting" | "done" | "refused";
  readonly words: string;
  /** What was applied, or would be. */
  readonly rules_version: number | null;
  readonly reason: string;
  readonly by_whom: string;
  readonly created_at: string;
  readonly legs: readonly ({
    /** The master's. */
    readonly position: string;
    readonly symbol: string;
    readonly side: "buy" | "sell";
    readonly held: string;
    /** Lots that are closed. */
    readonly close: string;
    /** The setting that asks for it. */
    readonly cap: string | null;
    /** What they become; null: they stay. */
    readonly stops: {
      readonly stop_loss: string | null;
      readonly take_profit: string | null;
    } | null;
    /** Why something was left alone. */
    readonly skipped: string | null;
    readonly words: string;
  })[];
};

export type Subscription = {
  readonly id: string;
  readonly strategy_id: string;
  readonly strategy: string;
  readonly master_id: string;
  readonly account_id: string;
  readonly account: string;
  readonly mode: "active" | "close-only" | "paused" | "monitor" | "stopped";
  /** The master's signals after this one are decided. */
  readonly from_sequence: number;
  readonly decided_through: number;
  readonly created_at: string;
  readonly rules_version: number;
};

export type RulesVersion = {
  readonly subscription_id: string;
  readonly version: number;
  /** It holds for the master's signals after this one. */
  readonly from_sequence: number;
  /** Replication rules, as docs/replication-rules.md lists them. */
  readonly rules: Readonly<Record<string, unknown>>;
};

export type EffectiveRules = {
  readonly data: readonly ({
    readonly setting: string;
    readonly value: unknown;
    /** The layers it came from; none: the default. */
    readonly from: readonly (string)[];
    readonly words: string;
  })[];
};

export type Signal = {
  readonly id: string;
  readonly master_id: string;
  /** Counts the master's signals. */
  readonly sequence: number;
  readonly kind: "open" | "increase" | "reduce" | "close" | "protect" | "place" | "change" | "cancel";
  readonly position: string;
  /** As the master's broker writes it. */
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly volume: string;
  readonly before_volume: string;
  readonly after_volume: string;
  readonly price: string | null;
  readonly stop_loss: string | null;
  readonly take_profit: string | null;
  readonly order_id: string | null;
  readonly order_type: string | null;
  readonly limit_price: string | null;
  readonly expires_at: string | null;
  readonly magic: number;
  readonly comment: string;
  readonly existing: boolean;
  readonly age_at_receipt_ms: number;
  readonly at: string;
  readonly received_at: string;
  readonly committed_at: string;
};

export type Decision = {
  readonly id: string;
  readonly signal_id: string;
  readonly subscription_id: string;
  readonly account_id: string;
  readonly master_id: string;
  readonly sequence: number;
  readonly symbol: string;
  readonly kind: "open" | "increase" | "reduce" | "close" | "protect" | "place" | "change" | "cancel";
  readonly decision: "copy" | "skip";
  /** Why it was skipped. */
  readonly reason: "PAUSED" | "MONITOR" | "CLOSE_ONLY" | "CIRCULAR" | "EXISTING" | "PLAN_LAPSED" | "KILLED" | "RESTORED" | "DETACHED" | "NEVER_OPENED" | "ALREADY_CLOSED" | "DUPLICATE" | "SYMBOL_MISSING" | "SYMBOL_EXCLUDED" | "SIDE_EXCLUDED" | "MAGIC_EXCLUDED" | "COMMENT_EXCLUDED" | "MASTER_VOLUME" | "MASTER_DRAWDOWN" | "PENDING_EXCLUDED" | "PENDING_UNSUPPORTED" | "MIRRORED" | "HEDGE_PROHIBITED" | "FIFO_BLOCKED" | "OUTSIDE_WINDOW" | "NEWS_WINDOW" | "BELOW_MIN_VOLUME" | "BELOW_VOLUME_STEP" | "ABOVE_MAX_VOLUME" | "NO_STOP_LOSS" | "INVALID_STOPS" | "STOPS_LOCKED" | "STALE" | "PRICE_MOVED" | "SPREAD_TOO_WIDE" | "MARKET_CLOSED" | "TRADE_DISABLED" | "NO_MONEY" | "MAX_POSITIONS" | "MAX_VOLUME" | "MAX_LEVERAGE" | "MAX_RISK" | "THROTTLED" | "RISK_LIMIT" | "CORRELATED" | "ACCOUNT_OFFLINE" | "NO_FIGURES" | "NO_PRICE" | null;
  /** Lots before limits and rounding. */
  readonly wanted: string | null;
  readonly volume: string;
  readonly rules_version: number;
  readonly at: string;
  /** When its signal was. */
  readonly committed_at: string;
};

export type Explanation = {
  readonly id: string;
  readonly account: string;
  readonly strategy: string;
  readonly decision: "copy" | "skip";
  readonly reason: "PAUSED" | "MONITOR" | "CLOSE_ONLY" | "CIRCULAR" | "EXISTING" | "PLAN_LAPSED" | "KILLED" | "RESTORED" | "DETACHED" | "NEVER_OPENED" | "ALREADY_CLOSED" | "DUPLICATE" | "SYMBOL_MISSING" | "SYMBOL_EXCLUDED" | "SIDE_EXCLUDED" | "MAGIC_EXCLUDED" | "COMMENT_EXCLUDED" | "MASTER_VOLUME" | "MASTER_DRAWDOWN" | "PENDING_EXCLUDED" | "PENDING_UNSUPPORTED" | "MIRRORED" | "HEDGE_PROHIBITED" | "FIFO_BLOCKED" | "OUTSIDE_WINDOW" | "NEWS_WINDOW" | "BELOW_MIN_VOLUME" | "BELOW_VOLUME_STEP" | "ABOVE_MAX_VOLUME" | "NO_STOP_LOSS" | "INVALID_STOPS" | "STOPS_LOCKED" | "STALE" | "PRICE_MOVED" | "SPREAD_TOO_WIDE" | "MARKET_CLOSED" | "TRADE_DISABLED" | "NO_MONEY" | "MAX_POSITIONS" | "MAX_VOLUME" | "MAX_LEVERAGE" | "MAX_RISK" | "THROTTLED" | "RISK_LIMIT" | "CORRELATED" | "ACCOUNT_OFFLINE" | "NO_FIGURES" | "NO_PRICE" | null;
  /** The reason in words. */
  readonly words: string | null;
  readonly steps: readonly ({
    readonly step: string;
    readonly facts: Readonly<Record<string, string>>;
    readonly words: string;
  })[];
  readonly instructions: readonly ({
    readonly key: string;
    readonly part: number;
    readonly attempt: number;
    readonly kind: string;
    readonly volume: string | null;
    readonly state: string;
    readonly code: string | null;
    readonly filled: string;
    readonly price: string | null;
    readonly answered_in_ms: number | null;
  })[];
};

export type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly types: readonly ("copy.started" | "copy.resumed" | "copy.paused" | "copy.close_only" | "copy.stopped" | "strategy.published" | "strategy.withdrawn" | "operation.completed" | "operation.partially_failed" | "signal.committed" | "copy_event.skipped" | "copy_event.filled" | "copy_event.rejected" | "divergence.opened" | "divergence.resolved" | "risk_rule.tripped" | "risk_rule.reset" | "kill_switch.engaged" | "kill_switch.released")[];
  readonly by_whom: string;
  readonly created_at: string;
  readonly disabled_at: string | null;
  readonly disabled_because: string | null;
};

export type NewWebhook = {
  readonly id: string;
  readonly url: string;
  readonly types: readonly ("copy.started" | "copy.resumed" | "copy.paused" | "copy.close_only" | "copy.stopped" | "strategy.published" | "strategy.withdrawn" | "operation.completed" | "operation.partially_failed" | "signal.committed" | "copy_event.skipped" | "copy_event.filled" | "copy_event.rejected" | "divergence.opened" | "divergence.resolved" | "risk_rule.tripped" | "risk_rule.reset" | "kill_switch.engaged" | "kill_switch.released")[];
  readonly by_whom: string;
  readonly created_at: string;
  readonly disabled_at: string | null;
  readonly disabled_because: string | null;
  /** Shown this once. */
  readonly secret: string;
};

export type Delivery = {
  readonly id: string;
  readonly event_id: string;
  readonly type: "copy.started" | "copy.resumed" | "copy.paused" | "copy.close_only" | "copy.stopped" | "strategy.published" | "strategy.withdrawn" | "operation.completed" | "operation.partially_failed" | "signal.committed" | "copy_event.skipped" | "copy_event.filled" | "copy_event.rejected" | "divergence.opened" | "divergence.resolved" | "risk_rule.tripped" | "risk_rule.reset" | "kill_switch.engaged" | "kill_switch.released";
  readonly attempts: number;
  /** When it is tried next; null: no more. */
  readonly next_at: string | null;
  readonly delivered_at: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: string;
};

export type Event = {
  readonly id: string;
  readonly type: "copy.started" | "copy.resumed" | "copy.paused" | "copy.close_only" | "copy.stopped" | "strategy.published" | "strategy.withdrawn" | "operation.completed" | "operation.partially_failed" | "signal.committed" | "copy_event.skipped" | "copy_event.filled" | "copy_event.rejected" | "divergence.opened" | "divergence.resolved" | "risk_rule.tripped" | "risk_rule.reset" | "kill_switch.engaged" | "kill_switch.released";
  readonly account_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: string;
};

export type Divergence = {
  readonly id: string;
  readonly account_id: string;
  readonly subscription_id: string | null;
  readonly position: string;
  readonly symbol: string;
  readonly cause: "MISSED" | "LATE" | "SYMBOL" | "REJECTED" | "PARTIAL" | "STOPPED_OUT" | "EARLY_FILL" | "CLOSED_BY_HAND" | "OPENED_BY_HAND" | "VOLUME" | "SIDE" | "STOPS" | "VANISHED" | "ORPHAN";
  /** Lots. */
  readonly expected: string;
  readonly actual: string;
  readonly opened_at: string;
  readonly closed_at: string | null;
  readonly resolution: string | null;
};

export type Incident = {
  readonly id: string;
  readonly account_id: string | null;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly at: string;
};

export type AuditEntry = {
  /** Counts the entries. */
  readonly number: number;
  readonly by_whom: string;
  readonly action: string;
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly at: string;
};

export type RealignPlan = {
  /** Of the plan as it is: send it along to realign. */
  readonly digest: string;
  /** Of these, how many have a way back. */
  readonly possible: number;
  readonly legs: readonly ({
    readonly divergence_id: string;
    readonly account_id: string;
    readonly symbol: string;
    readonly possible: boolean;
    readonly why_not: string | null;
    readonly orders: readonly ({
      readonly kind: "open" | "close" | "protect" | "cancel";
      readonly symbol: string;
      readonly side: "buy" | "sell";
      readonly volume: string | null;
      readonly stop_loss: string | null;
      readonly take_profit: string | null;
    })[];
    /** In the account's currency. */
    readonly cost: string | null;
    readonly currency: string;
  })[];
};

export type DivergenceRequests = {
  readonly data: readonly ({
    readonly request_id: string;
    readonly divergence_id: string;
    readonly state: "waiting" | "done" | "refused";
    readonly words: string;
  })[];
};

export type Operation = {
  readonly id: string;
  readonly action: string;
  readonly reason: string;
  readonly dry_run: boolean;
  /** interrupted: its process is gone; to ask again repeats nothing. */
  readonly state: "running" | "ended" | "cancelled" | "interrupted";
  readonly legs: readonly ({
    readonly subscription_id: string | null;
    readonly divergence_id: string | null;
    readonly account_id: string;
    /** The mode it had, or what had come apart. */
    readonly before: string;
    /** asked: the account's owner does it; see its divergence. */
    readonly state: "planned" | "unchanged" | "done" | "asked" | "refused" | "waiting" | "cancelled";
    readonly code: string | null;
    /** What it takes, in words. */
    readonly detail: string | null;
  })[];
  readonly by_whom: string;
  readonly at: string;
  readonly ended_at: string | null;
};

export type TradeByHand = {
  /** As an instruction's: done, partial or rejected. */
  readonly status: string;
  readonly code: string | null;
  readonly position: string | null;
  readonly filled: string;
};

export type KillSwitch = {
  readonly number: number;
  readonly scope: "everything" | "tenant" | "account" | "strategy" | "subscription";
  readonly id: string | null;
  readonly close_all: boolean;
  readonly by_whom: string;
  readonly reason: string;
  readonly engaged_at: string;
  /** Accounts in its scope that copy or may copy. */
  readonly lanes: number;
  /** Of these, how many have confirmed it. */
  readonly acknowledged: number;
  /** Copies in its scope that still hold something. */
  readonly open: number;
  /** Accounts that have not confirmed it, ten at most. */
  readonly waiting_for: readonly (string)[];
};

export type EngagedKillSwitch = {
  readonly number: number;
  readonly scope: "tenant" | "account" | "strategy" | "subscription";
  readonly id: string | null;
  readonly close_all: boolean;
};

export type ApiKey = {
  readonly id: string;
  readonly name: string;
  /** How the secret begins. */
  readonly hint: string;
  readonly mode: "test" | "live";
  readonly roles: readonly ("admin" | "operator" | "provider" | "subscriber" | "investor")[];
  readonly scopes: readonly ("accounts:read" | "accounts:write" | "credentials:write" | "trades:write" | "strategies:read" | "strategies:write" | "copies:read" | "copies:write" | "divergences:read" | "divergences:write" | "kill:engage" | "kill:release" | "reports:read" | "webhooks:write" | "people:read" | "people:write" | "keys:write" | "tokens:write" | "audit:read" | "jobs:read" | "settings:write")[];
  readonly networks: readonly (string)[];
  readonly by_whom: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
};

export type NewApiKey = {
  readonly id: string;
  readonly name: string;
  /** How the secret begins. */
  readonly hint: string;
  readonly mode: "test" | "live";
  readonly roles: readonly ("admin" | "operator" | "provider" | "subscriber" | "investor")[];
  readonly scopes: readonly ("accounts:read" | "accounts:write" | "credentials:write" | "trades:write" | "strategies:read" | "strategies:write" | "copies:read" | "copies:write" | "divergences:read" | "divergences:write" | "kill:engage" | "kill:release" | "reports:read" | "webhooks:write" | "people:read" | "people:write" | "keys:write" | "tokens:write" | "audit:read" | "jobs:read" | "settings:write")[];
  readonly networks: readonly (string)[];
  readonly by_whom: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
  /** Shown this once. */
  readonly secret: string;
};

export type Token = {
  /** Shown this once. */
  readonly token: string;
  readonly token_type: "Bearer";
  readonly scopes: readonly ("accounts:read" | "accounts:write" | "credentials:write" | "trades:write" | "strategies:read" | "strategies:write" | "copies:read" | "copies:write" | "divergences:read" | "divergences:write" | "kill:engage" | "kill:release" | "reports:read" | "webhooks:write" | "people:read" | "people:write" | "keys:write" | "tokens:write" | "audit:read" | "jobs:read" | "settings:write")[];
  readonly expires_at: string;
};

export type User = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly ("admin" | "operator" | "provider" | "subscriber" | "investor")[];
  readonly has_second_factor: boolean;
  readonly disabled_at: string | null;
  readonly created_at: string;
};

export class Lockstep {
  readonly #transport: Transport;

  constructor(options: Options) {
    this.#transport = new Transport(options);
  }

  /** Lists accounts with their newest figures, by name. */
  listAccounts(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly broker?: string; readonly currency?: string; readonly strategy?: string; readonly may_follow?: string; readonly investor?: string; readonly tag?: string; readonly group?: string; readonly archived?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Account)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts", isKeyed: false }, request);
  }

  /** Makes an account known that speaks through a terminal, or finds it. */
  connectAccount(request: {
    readonly body: {
      /** By its name; a new one is made. */
      readonly broker: string;
      /** The account's number at the broker. */
      readonly login: string;
      readonly name?: string;
      readonly currency?: string;
      readonly position_mode?: "hedging" | "netting";
      /** 100 for 1:100. */
      readonly leverage?: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Account>> {
    return this.#transport.ask({ method: "POST", path: "/v1/accounts", isKeyed: true }, request);
  }

  /** Reads an account with its newest figures. */
  getAccount(request: {
    readonly account: string;
  }): Promise<Answer<Account>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts/{account}", isKeyed: false }, request);
  }

  /** Names an account. */
  renameAccount(request: {
    readonly account: string;
    readonly body: {
      readonly name: string;
    };
  }): Promise<Answer<Account>> {
    return this.#transport.ask({ method: "PATCH", path: "/v1/accounts/{account}", isKeyed: false }, request);
  }

  /** Lists what is open, the newest first. */
  listPositions(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly account?: string; readonly symbol?: string; readonly side?: "buy" | "sell" };
  } = {}): Promise<Answer<{
  readonly data: readonly (Position)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/positions", isKeyed: false }, request);
  }

  /** Lists an account's orders, the newest first. */
  listAccountOrders(request: {
    readonly account: string;
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  }): Promise<Answer<{
  readonly data: readonly (Order)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts/{account}/orders", isKeyed: false }, request);
  }

  /** Lists what was executed in an account, the newest first. */
  listAccountDeals(request: {
    readonly account: string;
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly "at[gte]"?: string; readonly "at[lt]"?: string };
  }): Promise<Answer<{
  readonly data: readonly (Deal)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts/{account}/deals", isKeyed: false }, request);
  }

  /** Lists an account's equity as it was, the newest first. */
  listAccountEquityPoints(request: {
    readonly account: string;
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly "at[gte]"?: string; readonly "at[lt]"?: string };
  }): Promise<Answer<{
  readonly data: readonly (EquityPoint)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts/{account}/equity_points", isKeyed: false }, request);
  }

  /** Says which tags an account has from now on. */
  tagAccount(request: {
    readonly account: string;
    readonly body: {
      readonly tags: readonly (string)[];
    };
  }): Promise<Answer<Account>> {
    return this.#transport.ask({ method: "PUT", path: "/v1/accounts/{account}/tags", isKeyed: false }, request);
  }

  /** Puts an account away: its history stays, its terminals are let go. */
  archiveAccount(request: {
    readonly account: string;
    readonly body: {
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Account>> {
    return this.#transport.ask({ method: "POST", path: "/v1/accounts/{account}/archive", isKeyed: true }, request);
  }

  /** Brings an account back that was archived; its terminals are paired anew. */
  restoreAccount(request: {
    readonly account: string;
    readonly body: {
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Account>> {
    return this.#transport.ask({ method: "POST", path: "/v1/accounts/{account}/restore", isKeyed: true }, request);
  }

  /** Lets an account open again what a throttle or a risk limit has stopped. */
  reenableAccount(request: {
    readonly account: string;
    readonly body: {
      readonly reason: string;
      /** Absent: of all that it follows. */
      readonly strategy_id?: string;
      /** now: what a limit has counted so far is forgiven. */
      readonly measure_from?: "now" | "period-start";
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Reenabled>> {
    return this.#transport.ask({ method: "POST", path: "/v1/accounts/{account}/reenable", isKeyed: true }, request);
  }

  /** Hands out a code, for 15 minutes and one terminal. */
  createPairingCode(request: {
    readonly account: string;
    readonly idempotencyKey?: string;
  }): Promise<Answer<PairingCode>> {
    return this.#transport.ask({ method: "POST", path: "/v1/accounts/{account}/pairing_codes", isKeyed: true }, request);
  }

  /** Lists terminals that are or were paired, the newest first, a thousand at most. */
  listConnections(request: {
    readonly query?: { readonly account?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Terminal)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/connections", isKeyed: false }, request);
  }

  /** Tells how far a pairing code has come. */
  getConnection(request: {
    readonly connection: string;
  }): Promise<Answer<Connection>> {
    return this.#transport.ask({ method: "GET", path: "/v1/connections/{connection}", isKeyed: false }, request);
  }

  /** Ends a pairing for good, or a code that waits; orders stay at the broker. */
  revokeConnection(request: {
    readonly connection: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "DELETE", path: "/v1/connections/{connection}", isKeyed: false }, request);
  }

  /** Lists groups with their sums, by name. */
  listGroups(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Group)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/groups", isKeyed: false }, request);
  }

  /** Puts accounts together. */
  createGroup(request: {
    readonly body: {
      readonly name: string;
      readonly accounts?: readonly (string)[];
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Group>> {
    return this.#transport.ask({ method: "POST", path: "/v1/groups", isKeyed: true }, request);
  }

  /** Reads a group with its sums. */
  getGroup(request: {
    readonly group: string;
  }): Promise<Answer<Group>> {
    return this.#transport.ask({ method: "GET", path: "/v1/groups/{group}", isKeyed: false }, request);
  }

  /** Names a group and its accounts, as they are to be from now on. */
  changeGroup(request: {
    readonly group: string;
    readonly body: {
      readonly name: string;
      readonly accounts?: readonly (string)[];
    };
  }): Promise<Answer<Group>> {
    return this.#transport.ask({ method: "PUT", path: "/v1/groups/{group}", isKeyed: false }, request);
  }

  /** Ends a group. Its accounts stay as they are. */
  removeGroup(request: {
    readonly group: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "DELETE", path: "/v1/groups/{group}", isKeyed: false }, request);
  }

  /** Sums accounts up by what they share. */
  listSubtotals(request: {
    readonly query?: { readonly by?: "broker" | "currency" | "strategy" | "investor" | "tag" | "group" };
  } = {}): Promise<Answer<{
  readonly data: readonly (Subtotal)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/subtotals", isKeyed: false }, request);
  }

  /** Reads the rules that hold for everybody who follows a strategy. */
  getStrategyRules(request: {
    readonly strategy: string;
  }): Promise<Answer<RuleLayer>> {
    return this.#transport.ask({ method: "GET", path: "/v1/strategies/{strategy}/rules", isKeyed: false }, request);
  }

  /** Sets the rules that hold for everybody who follows a strategy, from the next signals on. */
  setStrategyRules(request: {
    readonly strategy: string;
    readonly body: {
      /** Replication rules, as docs/replication-rules.md lists them. */
      readonly rules: Readonly<Record<string, unknown>>;
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
    readonly ifMatch: string;
  }): Promise<Answer<RuleLayer>> {
    return this.#transport.ask({ method: "PUT", path: "/v1/strategies/{strategy}/rules", isKeyed: true }, request);
  }

  /** Lists every version of these rules, the newest first. */
  listStrategyRuleVersions(request: {
    readonly strategy: string;
  }): Promise<Answer<{
  readonly data: readonly (RuleLayer)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/strategies/{strategy}/rules/versions", isKeyed: false }, request);
  }

  /** Reads the rules that hold for all that an account copies. */
  getAccountRules(request: {
    readonly account: string;
  }): Promise<Answer<RuleLayer>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts/{account}/rules", isKeyed: false }, request);
  }

  /** Sets the rules that hold for all that an account copies, from the next signals on. */
  setAccountRules(request: {
    readonly account: string;
    readonly body: {
      /** Replication rules, as docs/replication-rules.md lists them. */
      readonly rules: Readonly<Record<string, unknown>>;
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
    readonly ifMatch: string;
  }): Promise<Answer<RuleLayer>> {
    return this.#transport.ask({ method: "PUT", path: "/v1/accounts/{account}/rules", isKeyed: true }, request);
  }

  /** Lists every version of these rules, the newest first. */
  listAccountRuleVersions(request: {
    readonly account: string;
  }): Promise<Answer<{
  readonly data: readonly (RuleLayer)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/accounts/{account}/rules/versions", isKeyed: false }, request);
  }

  /** Lists brokers, by name. */
  listBrokers(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Broker)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/brokers", isKeyed: false }, request);
  }

  /** Reads a broker. */
  getBroker(request: {
    readonly broker: string;
  }): Promise<Answer<Broker>> {
    return this.#transport.ask({ method: "GET", path: "/v1/brokers/{broker}", isKeyed: false }, request);
  }

  /** Lists what a broker offers, by name. */
  listBrokerSymbols(request: {
    readonly broker: string;
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  }): Promise<Answer<{
  readonly data: readonly (Symbol)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/brokers/{broker}/symbols", isKeyed: false }, request);
  }

  /** Lists the newest quotes of a broker. */
  listBrokerQuotes(request: {
    readonly broker: string;
    readonly query?: { readonly symbol?: string };
  }): Promise<Answer<{
  readonly data: readonly (Quote)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/brokers/{broker}/quotes", isKeyed: false }, request);
  }

  /** Suggests which of a broker's symbols a master's is, and tells why. */
  suggestSymbols(request: {
    readonly broker: string;
    readonly query?: { readonly master_broker?: string; readonly symbols?: "traded" | "all" };
  }): Promise<Answer<{
  readonly data: readonly (SymbolSuggestion)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/brokers/{broker}/symbol_suggestions", isKeyed: false }, request);
  }

  /** Lists confirmed symbol mappings. */
  listSymbolMappings(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly master_broker?: string; readonly follower_broker?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (SymbolMapping)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/symbol_maps", isKeyed: false }, request);
  }

  /** Confirms which of a follower's symbols a master's is, for every copy. */
  confirmSymbolMapping(request: {
    readonly body: {
      readonly master_broker_id: string;
      readonly follower_broker_id: string;
      /** The master's. */
      readonly symbol: string;
      /** The follower's. */
      readonly to: string;
      readonly price_factor?: string;
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "POST", path: "/v1/symbol_maps", isKeyed: true }, request);
  }

  /** Takes a confirmed symbol mapping back. */
  withdrawSymbolMapping(request: {
    readonly body: {
      readonly master_broker_id: string;
      readonly follower_broker_id: string;
      /** The master's. */
      readonly symbol: string;
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "POST", path: "/v1/symbol_maps/withdraw", isKeyed: true }, request);
  }

  /** Has a symbol never suggested for another one again. */
  rejectSymbolMapping(request: {
    readonly body: {
      readonly master_broker_id: string;
      readonly follower_broker_id: string;
      /** The master's. */
      readonly symbol: string;
      /** The follower's. */
      readonly to: string;
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "POST", path: "/v1/symbol_maps/reject", isKeyed: true }, request);
  }

  /** Lists strategies, the newest first. */
  listStrategies(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly name?: string; readonly master?: string; readonly broker?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Strategy)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/strategies", isKeyed: false }, request);
  }

  /** Publishes a strategy over a master account. */
  publishStrategy(request: {
    readonly body: {
      readonly name: string;
      readonly master_id: string;
      /** private: its own people; unlisted: who knows its id; public: everybody here. */
      readonly visibility?: "private" | "unlisted" | "public";
      readonly description?: string | "";
      readonly terms?: string | "";
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Strategy>> {
    return this.#transport.ask({ method: "POST", path: "/v1/strategies", isKeyed: true }, request);
  }

  /** Reads a strategy. */
  getStrategy(request: {
    readonly strategy: string;
  }): Promise<Answer<Strategy>> {
    return this.#transport.ask({ method: "GET", path: "/v1/strategies/{strategy}", isKeyed: false }, request);
  }

  /** Publishes a new version of what a strategy promises. */
  reviseStrategy(request: {
    readonly strategy: string;
    readonly body: {
      /** private: its own people; unlisted: who knows its id; public: everybody here. */
      readonly visibility?: "private" | "unlisted" | "public";
      readonly description?: string | "";
      readonly terms?: string | "";
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Strategy>> {
    return this.#transport.ask({ method: "POST", path: "/v1/strategies/{strategy}/versions", isKeyed: true }, request);
  }

  /** Lists the versions of what a strategy promised, the newest first. */
  listStrategyVersions(request: {
    readonly strategy: string;
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  }): Promise<Answer<{
  readonly data: readonly (StrategyVersion)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/strategies/{strategy}/versions", isKeyed: false }, request);
  }

  /** Asks for the rules of now to be applied to what is open. */
  applyRules(request: {
    readonly subscription: string;
    readonly body: {
      readonly reason: string;
      readonly dry_run?: boolean;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<RulesApplication>> {
    return this.#transport.ask({ method: "POST", path: "/v1/subscriptions/{subscription}/rules/apply", isKeyed: true }, request);
  }

  /** Lists the last fifty askings for rules to be applied, the newest first. */
  listRulesApplications(request: {
    readonly subscription: string;
  }): Promise<Answer<{
  readonly data: readonly (RulesApplication)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/subscriptions/{subscription}/rules/applications", isKeyed: false }, request);
  }

  /** Lists subscriptions, the newest first. */
  listSubscriptions(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly strategy?: string; readonly account?: string; readonly mode?: "active" | "close-only" | "paused" | "monitor" | "stopped"; readonly expand?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly ({
    readonly id: string;
    readonly strategy_id: string;
    readonly strategy: string;
    readonly master_id: string;
    readonly account_id: string;
    readonly account: string;
    readonly mode: "active" | "close-only" | "paused" | "monitor" | "stopped";
    /** The master's signals after this one are decided. */
    readonly from_sequence: number;
    readonly decided_through: number;
    readonly created_at: string;
    readonly rules_version: number;
    readonly expanded?: {
      readonly strategy?: Strategy;
      readonly account?: Account;
    };
  })[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/subscriptions", isKeyed: false }, request);
  }

  /** Has an account follow a strategy, from its master's next signal on. */
  createSubscription(request: {
    readonly body: {
      readonly strategy_id: string;
      readonly account_id: string;
      /** Replication rules, as docs/replication-rules.md lists them. */
      readonly rules: Readonly<Record<string, unknown>>;
      readonly mode?: "active" | "close-only" | "paused" | "monitor";
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Subscription>> {
    return this.#transport.ask({ method: "POST", path: "/v1/subscriptions", isKeyed: true }, request);
  }

  /** Reads a subscription. */
  getSubscription(request: {
    readonly subscription: string;
    readonly query?: { readonly expand?: string };
  }): Promise<Answer<{
  readonly id: string;
  readonly strategy_id: string;
  readonly strategy: string;
  readonly master_id: string;
  readonly account_id: string;
  readonly account: string;
  readonly mode: "active" | "close-only" | "paused" | "monitor" | "stopped";
  /** The master's signals after this one are decided. */
  readonly from_sequence: number;
  readonly decided_through: number;
  readonly created_at: string;
  readonly rules_version: number;
  readonly expanded?: {
    readonly strategy?: Strategy;
    readonly account?: Account;
  };
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/subscriptions/{subscription}", isKeyed: false }, request);
  }

  /** Reads the newest version of a subscription's rules. */
  getRules(request: {
    readonly subscription: string;
  }): Promise<Answer<RulesVersion>> {
    return this.#transport.ask({ method: "GET", path: "/v1/subscriptions/{subscription}/rules", isKeyed: false }, request);
  }

  /** Sets a subscription's rules, from the master's next signal on. */
  setRules(request: {
    readonly subscription: string;
    readonly body: Readonly<Record<string, unknown>>;
    readonly idempotencyKey?: string;
    readonly ifMatch: string;
  }): Promise<Answer<RulesVersion>> {
    return this.#transport.ask({ method: "PUT", path: "/v1/subscriptions/{subscription}/rules", isKeyed: true }, request);
  }

  /** Tells every setting in force, and where it comes from. */
  getEffectiveRules(request: {
    readonly subscription: string;
  }): Promise<Answer<EffectiveRules>> {
    return this.#transport.ask({ method: "GET", path: "/v1/subscriptions/{subscription}/effective_rules", isKeyed: false }, request);
  }

  /** Opens nothing more; what is open is still closed with the master. */
  pauseSubscription(request: {
    readonly subscription: string;
    readonly body: {
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Subscription>> {
    return this.#transport.ask({ method: "POST", path: "/v1/subscriptions/{subscription}/pause", isKeyed: true }, request);
  }

  /** Copies again. */
  resumeSubscription(request: {
    readonly subscription: string;
    readonly body: {
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Subscription>> {
    return this.#transport.ask({ method: "POST", path: "/v1/subscriptions/{subscription}/resume", isKeyed: true }, request);
  }

  /** Only closes from now on. */
  closeOnlySubscription(request: {
    readonly subscription: string;
    readonly body: {
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Subscription>> {
    return this.#transport.ask({ method: "POST", path: "/v1/subscriptions/{subscription}/close_only", isKeyed: true }, request);
  }

  /** Ends a subscription, and says what becomes of what it holds. */
  stopSubscription(request: {
    readonly subscription: string;
    readonly body: {
      readonly positions: "keep-positions" | "close-by-master" | "close-now";
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Subscription>> {
    return this.#transport.ask({ method: "POST", path: "/v1/subscriptions/{subscription}/stop", isKeyed: true }, request);
  }

  /** Lists what masters did, the newest first. */
  listSignals(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly "committed[gte]"?: string; readonly "committed[lt]"?: string; readonly master?: string; readonly symbol?: string; readonly kind?: "open" | "increase" | "reduce" | "close" | "protect" | "place" | "change" | "cancel" };
  } = {}): Promise<Answer<{
  readonly data: readonly (Signal)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/signals", isKeyed: false }, request);
  }

  /** Reads a signal. */
  getSignal(request: {
    readonly signal: string;
  }): Promise<Answer<Signal>> {
    return this.#transport.ask({ method: "GET", path: "/v1/signals/{signal}", isKeyed: false }, request);
  }

  /** Lists the answers to signals, the newest signal first. */
  listDecisions(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly "committed[gte]"?: string; readonly "committed[lt]"?: string; readonly signal?: string; readonly subscription?: string; readonly account?: string; readonly decision?: "copy" | "skip"; readonly reason?: "PAUSED" | "MONITOR" | "CLOSE_ONLY" | "CIRCULAR" | "EXISTING" | "PLAN_LAPSED" | "KILLED" | "RESTORED" | "DETACHED" | "NEVER_OPENED" | "ALREADY_CLOSED" | "DUPLICATE" | "SYMBOL_MISSING" | "SYMBOL_EXCLUDED" | "SIDE_EXCLUDED" | "MAGIC_EXCLUDED" | "COMMENT_EXCLUDED" | "MASTER_VOLUME" | "MASTER_DRAWDOWN" | "PENDING_EXCLUDED" | "PENDING_UNSUPPORTED" | "MIRRORED" | "HEDGE_PROHIBITED" | "FIFO_BLOCKED" | "OUTSIDE_WINDOW" | "NEWS_WINDOW" | "BELOW_MIN_VOLUME" | "BELOW_VOLUME_STEP" | "ABOVE_MAX_VOLUME" | "NO_STOP_LOSS" | "INVALID_STOPS" | "STOPS_LOCKED" | "STALE" | "PRICE_MOVED" | "SPREAD_TOO_WIDE" | "MARKET_CLOSED" | "TRADE_DISABLED" | "NO_MONEY" | "MAX_POSITIONS" | "MAX_VOLUME" | "MAX_LEVERAGE" | "MAX_RISK" | "THROTTLED" | "RISK_LIMIT" | "CORRELATED" | "ACCOUNT_OFFLINE" | "NO_FIGURES" | "NO_PRICE" };
  } = {}): Promise<Answer<{
  readonly data: readonly (Decision)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/decisions", isKeyed: false }, request);
  }

  /** Reads a decision. */
  getDecision(request: {
    readonly decision: string;
  }): Promise<Answer<Decision>> {
    return this.#transport.ask({ method: "GET", path: "/v1/decisions/{decision}", isKeyed: false }, request);
  }

  /** Tells how a decision was come to, and what became of it. */
  explainDecision(request: {
    readonly decision: string;
  }): Promise<Answer<Explanation>> {
    return this.#transport.ask({ method: "GET", path: "/v1/decisions/{decision}/explain", isKeyed: false }, request);
  }

  /** Lists webhooks, the newest first. */
  listWebhooks(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Webhook)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/webhooks", isKeyed: false }, request);
  }

  /** Has events sent to an address, signed as Standard Webhooks are. */
  createWebhook(request: {
    readonly body: {
      readonly url: string;
      readonly types: readonly ("copy.started" | "copy.resumed" | "copy.paused" | "copy.close_only" | "copy.stopped" | "strategy.published" | "strategy.withdrawn" | "operation.completed" | "operation.partially_failed" | "signal.committed" | "copy_event.skipped" | "copy_event.filled" | "copy_event.rejected" | "divergence.opened" | "divergence.resolved" | "risk_rule.tripped" | "risk_rule.reset" | "kill_switch.engaged" | "kill_switch.released")[];
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<NewWebhook>> {
    return this.#transport.ask({ method: "POST", path: "/v1/webhooks", isKeyed: true }, request);
  }

  /** Makes a new secret; the old one signs along for a day. */
  rotateWebhookSecret(request: {
    readonly webhook: string;
    readonly idempotencyKey?: string;
  }): Promise<Answer<NewWebhook>> {
    return this.#transport.ask({ method: "POST", path: "/v1/webhooks/{webhook}/rotate_secret", isKeyed: true }, request);
  }

  /** Lists what was or will be sent to an address, the newest first. */
  listDeliveries(request: {
    readonly webhook: string;
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  }): Promise<Answer<{
  readonly data: readonly (Delivery)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/webhooks/{webhook}/deliveries", isKeyed: false }, request);
  }

  /** Sends a delivery again. */
  replayDelivery(request: {
    readonly webhook: string;
    readonly delivery: string;
    readonly idempotencyKey?: string;
  }): Promise<Answer<Delivery>> {
    return this.#transport.ask({ method: "POST", path: "/v1/webhooks/{webhook}/deliveries/{delivery}/replay", isKeyed: true }, request);
  }

  /** Lists what happened since the first webhook was made, the newest first. */
  listEvents(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly type?: "copy.started" | "copy.resumed" | "copy.paused" | "copy.close_only" | "copy.stopped" | "strategy.published" | "strategy.withdrawn" | "operation.completed" | "operation.partially_failed" | "signal.committed" | "copy_event.skipped" | "copy_event.filled" | "copy_event.rejected" | "divergence.opened" | "divergence.resolved" | "risk_rule.tripped" | "risk_rule.reset" | "kill_switch.engaged" | "kill_switch.released" };
  } = {}): Promise<Answer<{
  readonly data: readonly (Event)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/events", isKeyed: false }, request);
  }

  /** Has nothing more sent to an address, and forgets its deliveries. */
  deleteWebhook(request: {
    readonly webhook: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "DELETE", path: "/v1/webhooks/{webhook}", isKeyed: false }, request);
  }

  /** Lists where a follower does not hold what the rules say, the newest first. */
  listDivergences(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly account?: string; readonly state?: "open" | "closed" };
  } = {}): Promise<Answer<{
  readonly data: readonly (Divergence)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/divergences", isKeyed: false }, request);
  }

  /** Lists what the hub noticed and nobody asked for, the newest first. */
  listIncidents(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Incident)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/incidents", isKeyed: false }, request);
  }

  /** Lists who did what, the newest first. */
  listAuditEntries(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly "at[gte]"?: string; readonly "at[lt]"?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (AuditEntry)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/audit_entries", isKeyed: false }, request);
  }

  /** Tells what it takes to bring divergences home, and does nothing. */
  planRealignment(request: {
    readonly body: {
      readonly divergence_ids: readonly (string)[];
    };
  }): Promise<Answer<RealignPlan>> {
    return this.#transport.ask({ method: "POST", path: "/v1/divergences/plan", isKeyed: false }, request);
  }

  /** Asks the accounts' owners to realign, accept, ignore, detach or adopt. */
  askForDivergences(request: {
    readonly body: {
      readonly divergence_ids: readonly (string)[];
      readonly action: "realign" | "accept" | "ignore" | "detach" | "adopt";
      readonly reason: string;
      /** Of the plan that was looked at: to realign. */
      readonly digest?: string;
      /** To ignore. */
      readonly until?: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<DivergenceRequests>> {
    return this.#transport.ask({ method: "POST", path: "/v1/divergences/requests", isKeyed: true }, request);
  }

  /** Does one thing to every subscription, or open divergence, that fits. */
  createOperation(request: {
    readonly body: {
      readonly action: "realign" | "stop" | "pause" | "resume" | "close_only";
      /** What fits all that it names. */
      readonly selector: {
        readonly strategy_id?: string;
        readonly account_id?: string;
        readonly group_id?: string;
        readonly tag?: string;
      };
      /** To stop: what becomes of what is held. */
      readonly positions?: "keep-positions" | "close-by-master" | "close-now";
      readonly reason: string;
      readonly dry_run?: boolean;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<Operation>> {
    return this.#transport.ask({ method: "POST", path: "/v1/operations", isKeyed: true }, request);
  }

  /** Lists operations, the newest first. */
  listOperations(request: {
    readonly query?: { readonly limit?: number; readonly cursor?: string };
  } = {}): Promise<Answer<{
  readonly data: readonly (Operation)[];
  readonly has_more: boolean;
  /** For the next page; null on the last. */
  readonly next_cursor: string | null;
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/operations", isKeyed: false }, request);
  }

  /** Reads an operation with what became of each of its legs. */
  getOperation(request: {
    readonly operation: string;
  }): Promise<Answer<Operation>> {
    return this.#transport.ask({ method: "GET", path: "/v1/operations/{operation}", isKeyed: false }, request);
  }

  /** Begins no further leg; what is done stays done, and what is over as it is. */
  cancelOperation(request: {
    readonly operation: string;
  }): Promise<Answer<Operation>> {
    return this.#transport.ask({ method: "POST", path: "/v1/operations/{operation}/cancel", isKeyed: false }, request);
  }

  /** Trades a simulated account by hand, past the hub. */
  tradeByHand(request: {
    readonly account: string;
    readonly body: {
      readonly action: "open";
      readonly symbol: string;
      readonly side: "buy" | "sell";
      /** Lots. */
      readonly volume: string;
    } | {
      readonly action: "close";
      readonly symbol: string;
      /** The position's. */
      readonly side: "buy" | "sell";
      /** Its id at the broker. */
      readonly position: string;
      /** Lots; absent: all of it. */
      readonly volume?: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<TradeByHand>> {
    return this.#transport.ask({ method: "POST", path: "/v1/test/accounts/{account}/trades", isKeyed: true }, request);
  }

  /** Breaks a simulated account's link for some seconds. */
  breakLink(request: {
    readonly account: string;
    readonly body: {
      readonly seconds: number;
    };
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "POST", path: "/v1/test/accounts/{account}/disconnections", isKeyed: false }, request);
  }

  /** Lists what is engaged, and how far each has come. */
  listKillSwitches(): Promise<Answer<{
  readonly data: readonly (KillSwitch)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/kill_switches", isKeyed: false }, {});
  }

  /** Stops every open in a scope at once; closes still pass. */
  engageKillSwitch(request: {
    readonly body: {
      readonly scope: "tenant" | "account" | "strategy" | "subscription";
      /** Of the account, strategy or subscription; absent for the tenant. */
      readonly id?: string;
      readonly reason: string;
      readonly close_all?: boolean;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<EngagedKillSwitch>> {
    return this.#transport.ask({ method: "POST", path: "/v1/kill_switches", isKeyed: true }, request);
  }

  /** Lets a scope open again. */
  releaseKillSwitch(request: {
    readonly body: {
      readonly scope: "tenant" | "account" | "strategy" | "subscription";
      /** Of the account, strategy or subscription; absent for the tenant. */
      readonly id?: string;
      readonly reason: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<EngagedKillSwitch>> {
    return this.#transport.ask({ method: "POST", path: "/v1/kill_switches/release", isKeyed: true }, request);
  }

  /** Lists API keys, the newest first. */
  listKeys(): Promise<Answer<{
  readonly data: readonly (ApiKey)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/keys", isKeyed: false }, {});
  }

  /** Creates an API key that may do no more than its creator. */
  createKey(request: {
    readonly body: {
      readonly name: string;
      readonly mode: "test" | "live";
      readonly scopes: readonly ("accounts:read" | "accounts:write" | "credentials:write" | "trades:write" | "strategies:read" | "strategies:write" | "copies:read" | "copies:write" | "divergences:read" | "divergences:write" | "kill:engage" | "kill:release" | "reports:read" | "webhooks:write" | "people:read" | "people:write" | "keys:write" | "tokens:write" | "audit:read" | "jobs:read" | "settings:write")[];
      readonly networks?: readonly (string)[];
      /** 90 days from now where it is not said. */
      readonly expires_at?: string;
    };
    readonly idempotencyKey?: string;
  }): Promise<Answer<NewApiKey>> {
    return this.#transport.ask({ method: "POST", path: "/v1/keys", isKeyed: true }, request);
  }

  /** Ends an API key at once. */
  revokeKey(request: {
    readonly key: string;
  }): Promise<Answer<null>> {
    return this.#transport.ask({ method: "DELETE", path: "/v1/keys/{key}", isKeyed: false }, request);
  }

  /** Makes a token that has a part of this key's rights, for minutes. */
  createToken(request: {
    readonly body: {
      readonly scopes: readonly ("accounts:read" | "accounts:write" | "credentials:write" | "trades:write" | "strategies:read" | "strategies:write" | "copies:read" | "copies:write" | "divergences:read" | "divergences:write" | "kill:engage" | "kill:release" | "reports:read" | "webhooks:write" | "people:read" | "people:write" | "keys:write" | "tokens:write" | "audit:read" | "jobs:read" | "settings:write")[];
      readonly seconds?: number;
    };
  }): Promise<Answer<Token>> {
    return this.#transport.ask({ method: "POST", path: "/v1/tokens", isKeyed: false }, request);
  }

  /** Lists people and their roles, the oldest first. */
  listUsers(): Promise<Answer<{
  readonly data: readonly (User)[];
}>> {
    return this.#transport.ask({ method: "GET", path: "/v1/users", isKeyed: false }, {});
  }
}
