/** What two prices, taken at the same time, say of each other. */
import {
  absFixed,
  divideHalfEven,
  type Fixed,
  formatFixed,
  ONE,
  roundHalfEven,
} from "../domain/fixed.ts";
import type { Evidence, Named } from "./evidence.ts";
import type { SymbolFacts } from "./facts.ts";

/** A future and its index are further apart than this most of the time; two brokers are not. */
const AGREE_MAX: Fixed = ONE / 1_000n;
/** Half a percent, where the decider too would refuse to copy without a price factor. */
const NEAR_MAX: Fixed = ONE / 200n;
/** Further apart than this, it is most likely something else. */
const FAR_MIN: Fixed = ONE / 20n;

/** The follower's price over the master's; null where one is not quoted. */
export function priceRatio(master: SymbolFacts, follower: SymbolFacts): Fixed | null {
  if (master.mid === null || follower.mid === null) return null;
  if (master.mid <= 0n || follower.mid <= 0n) return null;
  return divideHalfEven(follower.mid * ONE, master.mid);
}

export function priceEvidence(master: Named, follower: Named): Evidence {
  const ratio = priceRatio(master.facts, follower.facts);
  if (ratio === null) return { score: 0, words: "no price to compare", says: "silent" };
  const off = absFixed(ratio - ONE);
  const percent = formatFixed(roundHalfEven(off * 100n, 2), 2);
  if (off <= AGREE_MAX) {
    return { score: 25, words: `the prices agree to ${percent} %`, says: "agrees" };
  }
  if (off <= NEAR_MAX) {
    return { score: 15, words: `the prices differ by ${percent} %`, says: "silent" };
  }
  const factor = powerOfTen(ratio);
  if (factor !== null) {
    const words = `the follower's price is ${formatFixed(factor)} times the master's`;
    return { score: 5, words, says: "weak" };
  }
  return {
    score: off < FAR_MIN ? -10 : -70,
    words: `the prices differ by ${percent} %`,
    says: "against",
  };
}

/** A factor of 10, 100, 1000 or one over it that the ratio is within half a percent of. */
export function powerOfTen(ratio: Fixed): Fixed | null {
  const factors = [10n, 100n, 1000n].flatMap((power) => [ONE * power, ONE / power]);
  return factors.find((factor) => absFixed(ratio - factor) <= factor / 200n) ?? null;
}
