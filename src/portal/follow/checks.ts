/** Whether an account fits a strategy, in sentences: what stops it, what costs, what is all right. Pure. */
import type { Preview, PreviewAccount } from "../../subscriptions/preview/replay.ts";
import { type FollowFacts, pairsOf } from "./form.ts";

export type Check = { readonly tone: "done" | "partial" | "rejected"; readonly words: string };

const done = (words: string): Check => ({ tone: "done", words });
const partial = (words: string): Check => ({ tone: "partial", words });
const rejected = (words: string): Check => ({ tone: "rejected", words });

/** What stands in the way first. */
export function checksOf(facts: FollowFacts, known: PreviewAccount | null): readonly Check[] {
  const { account, strategy, existing } = facts;
  const checks: Check[] = [];
  if (account["id"] === strategy["master_id"]) {
    checks.push(rejected("An account cannot follow itself."));
  }
  if (existing !== null && existing.mode !== "stopped") {
    checks.push(rejected("This account follows the strategy already."));
  }
  checks.push(connection(known), currency(facts, known), ...positionMode(facts), symbols(facts));
  if (known?.facts.tradeAllowed === false) {
    checks.push(partial("Your broker takes no orders for this account at the moment."));
  }
  const order = { rejected: 0, partial: 1, done: 2 };
  return checks.sort((a, b) => order[a.tone] - order[b.tone]);
}

function connection(known: PreviewAccount | null): Check {
  if (known === null || known.figures === null) {
    const words = "The account is not connected now: nothing is copied until it is.";
    return partial(words);
  }
  return done("The account is connected, and its figures are known.");
}

function currency({ account, strategy }: FollowFacts, known: PreviewAccount | null): Check {
  const [from, to] = [String(strategy["currency"]), String(account["currency"])];
  if (from === to) return done("Both accounts have the same currency.");
  if (known !== null && known.market.rate(from, to) === null) {
    return partial(
      `Your broker quotes no rate from ${from} to ${to}: sizes in proportion cannot be reckoned.`,
    );
  }
  return done(`The master's amounts are converted from ${from} to ${to}.`);
}

function positionMode({ account, strategy }: FollowFacts): readonly Check[] {
  if (account["position_mode"] !== "netting") return [];
  if (strategy["position_mode"] === "netting") return [done("Both accounts net positions.")];
  return [
    partial("The account nets positions: opposite copies of one symbol take from each other."),
  ];
}

function symbols(facts: FollowFacts): Check {
  const missing = pairsOf(facts).filter(({ to }) => to === null);
  if (facts.masterSymbols.length === 0) {
    return partial("The master has not traded yet: which symbols it will need is not known.");
  }
  if (missing.length === 0) {
    return done("Every symbol that the master has traded is known at your broker.");
  }
  const names = missing.map(({ from }) => from).join(", ");
  return partial(`Not found for certain, and skipped until somebody says which it is: ${names}.`);
}

/** What the master's last signals say of the size. */
export function volumeCheck({ lines }: Preview): Check | null {
  const opens = lines.filter(({ signal }) => signal.kind === "open");
  if (opens.length === 0) return null;
  const small = opens.filter(({ decision }) => decision.reason === "BELOW_MIN_VOLUME").length;
  if (small === 0) return done("No copy would have been under the smallest volume.");
  const words = `${small} of the last ${opens.length} copies would have been under the symbol's smallest volume`;
  return partial(`${words}: choose a larger size, or open the smallest instead of none.`);
}
