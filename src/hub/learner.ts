/**
 * Symbols that a decision missed at a follower's broker are asked for by their name: a terminal tells
 * unasked only what its Market Watch shows, and the prices of the first two hundred of those. What was
 * missed stays skipped, with its reason; the next signal finds the symbol known and priced.
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

  constructor(deps: LearnerDeps) {
    this.#deps = deps;
  }

  /** A decision for the account; nothing is asked where it missed no symbol. */
  missed(account: AccountState, decision: Decision): void {
    const symbol = missedSymbol(decision);
    if (symbol !== null) void this.#deps.activity.during(() => this.learn(account, symbol));
  }

  async learn(state: AccountState, symbol: string): Promise<void> {
    const { gateway, monotonicMs, fault } = this.#deps;
    const { account, market } = state;
    const place = `${account.brokerId} ${symbol}`;
    const now = monotonicMs();
    if (now - (this.#asked.get(place) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    if (this.#asked.size >= ASKED_MAX) this.#asked.clear();
    this.#asked.set(place, now);
    try {
      const specs = await gateway(state).symbols(account, symbol);
      market.setSpecs(specs.filter(({ name }) => name === symbol));
    } catch (error) {
      if (!isLockstepError(error, "GATEWAY_DOWN")) fault(error, `asking for symbol ${symbol}`);
    }
  }
}
