/** What was typed into the follow form, as rules; and what the account would meet. Pure. */
import type { FollowFacts as Recorded } from "../../records/follow.ts";
import type { Fields } from "../fields.ts";

export type FollowFacts = Recorded & {
  /** Of the account's broker, as it names them; none where it is not connected. */
  readonly ownSymbols: readonly string[];
};

export const SIZES = {
  "equity-ratio": "in proportion to equity, times the factor",
  "balance-ratio": "in proportion to balance, times the factor",
  multiplier: "the master's lots times the factor",
  "fixed-volume": "always so many lots",
  "risk-percent": "so much of the equity at risk, by the stop-loss",
} as const;

export type SizeMode = keyof typeof SIZES;

export const FIELD_NAMES = [
  "account",
  "mode",
  "amount",
  "sides",
  "maxVolume",
  "deviation",
  "begin",
];

const isSize = (mode: string): mode is SizeMode => Object.hasOwn(SIZES, mode);

/** As the rules' schema takes them: it is what judges them. */
export function rulesFrom(fields: Fields, facts: FollowFacts): Readonly<Record<string, unknown>> {
  const mode = fields.get("mode");
  const amount = fields.get("amount");
  const sides = fields.get("sides");
  const maxVolume = fields.get("maxVolume");
  const deviation = fields.get("deviation");
  const guards = {
    ...(maxVolume === "" ? {} : { maxVolume }),
    ...(deviation === "" ? {} : { maxDeviationPoints: Number(deviation) }),
  };
  const pairs = pairsOf(facts).flatMap(({ from, to }) =>
    to === null || to === from ? [] : [{ from, to }],
  );
  return {
    sizing: { mode, ...amountOf(mode, amount) },
    ...(sides === "buy" || sides === "sell" ? { sides: [sides] } : {}),
    ...(Object.keys(guards).length === 0 ? {} : { guards }),
    ...(facts.sameBroker || pairs.length === 0 ? {} : { symbolMap: { pairs } }),
  };
}

function amountOf(mode: string, amount: string): Readonly<Record<string, string>> {
  if (amount === "" || !isSize(mode)) return {};
  if (mode === "fixed-volume") return { volume: amount };
  return mode === "risk-percent" ? { riskPercent: amount } : { multiplier: amount };
}

export type Pair = { readonly from: string; readonly to: string | null };

/** The account's name of each symbol that the master trades; null where there is none, or several. */
export function pairsOf({ masterSymbols, ownSymbols, sameBroker }: FollowFacts): readonly Pair[] {
  const letters = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return masterSymbols.map((from) => {
    if (sameBroker || ownSymbols.includes(from)) return { from, to: from };
    const base = letters(from).slice(0, 6);
    const like = ownSymbols.filter((name) => letters(name).startsWith(base));
    return { from, to: like.length === 1 ? (like[0] ?? null) : null };
  });
}

export type Check = { readonly tone: "done" | "partial" | "rejected"; readonly words: string };

export function checksOf(facts: FollowFacts): readonly Check[] {
  const { account, strategy, existing } = facts;
  const missing = pairsOf(facts).filter(({ to }) => to === null);
  const checks: Check[] = [];
  if (account["id"] === strategy["master_id"]) {
    checks.push({ tone: "rejected", words: "An account cannot follow itself." });
  }
  if (existing !== null && existing.mode !== "stopped")
    checks.push({ tone: "rejected", words: "This account follows the strategy already." });
  checks.push(
    account["currency"] === strategy["currency"]
      ? { tone: "done", words: "Both accounts have the same currency." }
      : {
          tone: "done",
          words: `The master's amounts are converted from ${String(strategy["currency"])} to ${String(account["currency"])}.`,
        },
  );
  if (account["position_mode"] === "netting" && strategy["position_mode"] === "hedging") {
    const words = "The account nets positions: opposite copies of one symbol take from each other.";
    checks.push({ tone: "partial", words });
  }
  checks.push(
    missing.length === 0
      ? { tone: "done", words: "Every symbol that the master has traded is known at your broker." }
      : {
          tone: "partial",
          words: `Not found for certain, and skipped until somebody says which it is: ${missing.map(({ from }) => from).join(", ")}.`,
        },
  );
  return checks;
}
