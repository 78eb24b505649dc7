/** Where a lot is not the same at both brokers: gold of 100 ounces against gold of 10. */
import { formatFixed } from "../domain/fixed.ts";
import { compareRatio, type Ratio, ratio, ratioToFixed } from "../domain/ratio.ts";
import type { SymbolFacts } from "./facts.ts";

export type ContractDifference = {
  /** Follower lots that are one master lot. */
  readonly lotsPerLot: Ratio;
  readonly words: string;
};

/** null where one lot is the same. */
export function contractDifference(
  master: SymbolFacts,
  follower: SymbolFacts,
): ContractDifference | null {
  if (master.contractSize === follower.contractSize || follower.contractSize <= 0n) return null;
  const lotsPerLot = ratio(master.contractSize, follower.contractSize);
  const [theirs, ours] = [master, follower].map(({ contractSize }) => formatFixed(contractSize));
  const lots = formatFixed(ratioToFixed(lotsPerLot));
  const more = compareRatio(lotsPerLot, { n: 1n, d: 1n }) > 0 ? "more" : "fewer";
  const words =
    `one lot of ${master.name} is ${theirs} and one of ${follower.name} is ${ours}: ` +
    `the same exposure takes ${more} lots, ${lots} for each of the master's`;
  return { lotsPerLot, words };
}
