/**
 * Symbols that a decision missed at a follower's broker are asked for by their name, and so is their
 * first price: a terminal tells unasked only what its Market Watch shows, and the prices of the first
 * two hundred of those. The signal waits for the answer; what the broker does not have is skipped.
 * Invariant: a symbol of a broker is asked for at most once at a time, and not again for a while.
 */
import { isLockstepError } from "../domain/errors.ts";
import type { Decision } from "../follower/decision.ts";
import type { AccountState } from "../follower/state.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Activity } from "../platform/activity.ts";

const AGAIN_MS = 5_000;
/** Names that are no broker's come from masters: what they make the hub remember has an end. */
const ASKED_MAX = 10_000;

export type LearnerDeps = {
  readonly activity: Activity;
  gateway(account: AccountState): Gateway;
  monotonicMs(): number;
  fault(error: unknown, doing: string): void;
};

/** The symbol that the decision was refused for; null where it was for something else. */
export function missedSymbol({ reason, steps }: Pick<Decision, "reason" | "steps">): string | null {
  if (reason !== "SYMBOL_MISSING" && reason !== "NO_PRICE") return null;
  return steps.find(({ step }) => step === "symbol")?.["symbol"] ?? null;
}

export class SymbolLearner {
  readonly #deps: LearnerDeps;
  readonly #asked = new Map<string, number>();
  readonly #asking = new Map<string, Promise<void>>();

  constructor(deps: LearnerDeps) {
    this.#deps = deps;
  }

  /** Null where it missed no symbol, or one that was asked for a moment ago. */
  learns(account: AccountState, decision: Decision): Promise<void> | null {
    const symbol = missedSymbol(decision);
    if (symbol === null) return null;
    const place = placeOf(account, symbol);
    const asking = this.#asking.get(place);
    if (asking !== undefined) return asking;
    if (!this.#isDue(place)) return null;
    const asked = this.#deps.activity
      .during(() => this.#ask(account, symbol))
      .finally(() => this.#asking.delete(place));
    this.#asking.set(place, asked);
    return asked;
  }

  #isDue(place: string): boolean {
    const now = this.#deps.monotonicMs();
    if (now - (this.#asked.get(place) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return false;
    if (this.#asked.size >= ASKED_MAX) this.#asked.clear();
    this.#asked.set(place, now);
    return true;
  }

  async #ask(state: AccountState, symbol: string): Promise<void> {
    const { account, market } = state;
    try {
      const gateway = this.#deps.gateway(state);
      const specs = await gateway.symbols(account, symbol);
      const found = specs.filter(({ name }) => name === symbol);
      market.setSpecs(found);
      if (found.length === 0 || market.quote(symbol) !== undefined) return;
      const quote = await gateway.quote?.(account, symbol);
      // What is told unasked meanwhile is newer.
      if (quote !== undefined && market.quote(symbol) === undefined) market.setQuote(quote);
    } catch (error) {
      if (isLockstepError(error, "GATEWAY_DOWN")) return;
      this.#deps.fault(error, `asking for symbol ${symbol}`);
    }
  }
}

const placeOf = ({ account }: AccountState, symbol: string): string =>
  `${account.brokerId} ${symbol}`;
