/** One seed: its run, and what the auditor found. */
import { allProtections, type Protections } from "../../platform/protections.ts";
import { auditOf } from "./audit.ts";
import type { Scenario } from "./scenario.ts";
import { SimulatedWorld, type WorldOptions } from "./world.ts";

export type SeedResult = {
  readonly seed: number;
  readonly events: number;
  readonly found: readonly string[];
};

export async function runSeed(
  seed: number,
  protections: Protections = allProtections,
  options: WorldOptions = {},
): Promise<SeedResult> {
  const world = new SimulatedWorld(seed, protections, options);
  await world.run();
  return { seed, events: world.heap.events, found: auditOf(world) };
}

/** A ledger whose answers are often lost or late, a queue that loses its bells, processes that die. */
export const LOSSY: Partial<Scenario> = {
  network: { lostRequestPpm: 0, lostReplyPpm: 60_000, slowPpm: 60_000, slowMs: 2_000 },
  ...{ kills: 4, bells: { lostPpm: 300_000, twicePpm: 0 } },
};

type Regression = {
  readonly seed: number;
  readonly tune?: Partial<Scenario>;
  readonly found: string;
};

/** Seeds that found what was wrong in the hub, each kept since. */
export const REGRESSIONS: readonly Regression[] = [
  { seed: 6, found: "a reduction of a position that a hand had closed was taken for done" },
  { seed: 24, found: "a close for more than a hand had left was refused for ever" },
  { seed: 69, found: "a skip died with its process before its divergence was told" },
  { seed: 95, found: "a close and an open of one netting position were under way together" },
  { seed: 804, found: "an overtaken answer let go of a kill switch that every lane had confirmed" },
  { seed: 1041, found: "a decision whose commit was not answered was marked as ended" },
  { seed: 1199, found: "what a hand took was shared over copies that were still whole" },
  { seed: 5379, found: "a reduction was refused for good while its broker was away after a start" },
  { seed: 92, found: "what a hand took before a netting account reversed was left in the copy" },
  { seed: 5674, found: "an account was armed on a snapshot that an answer had overtaken" },
  { seed: 5233, found: "a close cut to what a hand had left kept the rest in the copy for ever" },
  {
    ...{ seed: 258, tune: LOSSY },
    found: "a close was decided before what an unsure owner had read as under way",
  },
  {
    ...{ seed: 507, tune: LOSSY },
    found: "what a hand took was in the copy, and its divergence died with the process",
  },
];
