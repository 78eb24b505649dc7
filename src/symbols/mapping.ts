/**
 * Which symbol a follower trades for a master's: what somebody confirmed for the two brokers, else
 * a rule for how their names are decorated, else the same name.
 * Invariants: the answer is a name that the follower's broker offers, or null (SYMBOL_MISSING);
 * nothing is ever tried that nobody has said.
 */
import { LockstepError } from "../domain/errors.ts";
import { type Fixed, ONE } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import type { NameRule } from "./convention.ts";

export type MappedSymbol = {
  readonly to: string;
  /** The follower's price as a multiple of the master's. */
  readonly priceFactor: Fixed;
};

export type BrokerMapping = {
  /** By the master's name; what was confirmed and not withdrawn. */
  readonly confirmed: ReadonlyMap<string, MappedSymbol>;
  /** null: names are the same at both. */
  readonly rule: { readonly master: NameRule; readonly follower: NameRule } | null;
};

export type Resolved = MappedSymbol & { readonly how: "confirmed" | "rule" | "same-name" };

/** null: SYMBOL_MISSING. `offers` asks the follower's broker. */
export function resolveSymbol(
  symbol: string,
  mapping: BrokerMapping,
  offers: (name: string) => boolean,
): Resolved | null {
  const confirmed = mapping.confirmed.get(symbol);
  // What somebody confirmed and is gone is not replaced by what a rule would make.
  if (confirmed !== undefined) {
    return offers(confirmed.to) ? { ...confirmed, how: "confirmed" } : null;
  }
  const { rule } = mapping;
  const to = rule === null ? symbol : renamed(symbol, rule.master, rule.follower);
  if (to === null || !offers(to)) return null;
  return { to, priceFactor: ONE, how: rule === null ? "same-name" : "rule" };
}

/** null for a name that is not decorated as the rule says. */
export function renamed(symbol: string, from: NameRule, to: NameRule): string | null {
  const { prefix, suffix, separator } = from;
  if (!symbol.startsWith(prefix) || !symbol.endsWith(suffix)) return null;
  const core = symbol.slice(prefix.length, symbol.length - suffix.length);
  if (symbol.length <= prefix.length + suffix.length) return null;
  return to.prefix + rejoined(core, separator, to.separator) + to.suffix;
}

/** Separators stand between the two currencies of a pair, and in no other name. */
function rejoined(core: string, from: string, to: string): string {
  if (from === to) return core;
  const joined = from === "" ? core : core.split(from).join("");
  return /^[A-Za-z]{6}$/.test(joined) ? joined.slice(0, 3) + to + joined.slice(3) : core;
}

export type Confirmation = {
  readonly symbol: string;
  /** null withdraws what was confirmed. */
  readonly to: string | null;
  readonly priceFactor: Fixed;
  readonly by: string;
  /** From where it was asked; absent where it was not asked over a network. */
  readonly address?: string | null;
  /** Why, in words: the reasons of the suggestion, or the person's own. */
  readonly reason: string;
  readonly at: Instant;
};

/** BAD_INPUT without a person, UNKNOWN_SYMBOL for what the follower's broker does not offer. */
export function checkConfirmation(
  confirmation: Confirmation,
  offers: (name: string) => boolean,
): void {
  const { to, by, symbol, priceFactor } = confirmation;
  if (by.trim() === "" || symbol === "" || priceFactor <= 0n) {
    const expected = "who confirms it, the master's symbol, and a price factor above 0";
    throw new LockstepError("BAD_INPUT", { by, symbol, expected });
  }
  if (to !== null && !offers(to)) throw new LockstepError("UNKNOWN_SYMBOL", { symbol: to });
}
