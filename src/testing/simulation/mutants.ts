/**
 * Each protection switched off, one at a time, and who notices: a seed of the simulation, or a test
 * that runs the same scenario with the protection and without it (`shown.ts`). Where another
 * protection makes up for it, or what it guards against is rare, a mutant says what else is off, or
 * how its seeds are tuned; the same seed with the protection has to be clean.
 */
import { PROTECTIONS, type Protection, protectionsWithout } from "../../platform/protections.ts";
import type { Scenario } from "./scenario.ts";
import { LOSSY, runSeed } from "./seeds.ts";
import { SHOWN_BY_TESTS } from "./shown.ts";

const SLOW_ORDERS: Scenario["orders"] = {
  ...{ latencyMs: 120, slowPpm: 400_000, slowMs: 3_000, rejectPpm: 0, partialPpm: 0 },
  ...{ lostRequestPpm: 0, lostReplyPpm: 0 },
};

export type Mutant = {
  readonly name: string;
  readonly off: readonly Protection[];
  /** Off on both sides: it would make up for what is missing. */
  readonly behind?: readonly Protection[];
  readonly isFenced?: boolean;
  readonly tune?: Partial<Scenario>;
};

type More = Omit<Mutant, "name" | "off">;

const MORE: Readonly<Partial<Record<Protection, More>>> = {
  quarantine: { tune: { broker: "tagged", historyLagMs: 6_000, quarantineMs: 17_000 } },
  "gap-means-snapshot": {
    tune: {
      ...{ reconcileMs: 60_000, kills: 0, freezes: 0, failpointPpm: 0 },
      events: { lostPpm: 50_000, twicePpm: 0, swapPpm: 0 },
    },
  },
  "closing-deal-required": { tune: { emptyPpm: 200_000 } },
  "kills-before-arming": {
    tune: {
      ...{ kills: 6, killSwitchMs: 8_000, inFlightMax: 1, broker: "tagged", maxAgeMs: 60_000 },
      orders: SLOW_ORDERS,
    },
  },
  // What a dead process sent is still on its way when its successor gives it up.
  "lookup-carries-fence": {
    tune: {
      ...{ broker: "journal", quarantineMs: 300, kills: 6, maxAgeMs: 60_000 },
      orders: { ...SLOW_ORDERS, slowMs: 12_000 },
    },
  },
  "history-explains-nets": {
    tune: { followerMode: "netting", ownHandPpm: 200_000, kills: 3 },
  },
  "looks-until-concluded": {
    behind: ["history-explains-nets"],
    tune: {
      ...{ followerMode: "netting", ownHandPpm: 200_000, followers: 4 },
      ...{ processes: 2, kills: 3, linkBreaks: 6 },
    },
  },
  // A write whose answer is lost, in a partition that goes quiet before it has ended.
  "swept-before-settled": { tune: LOSSY },
};

export const SEEDED: readonly Mutant[] = [
  ...PROTECTIONS.filter((name) => SHOWN_BY_TESTS[name] === undefined).map((name) => ({
    ...{ name, off: [name] },
    ...MORE[name],
  })),
  { name: "the ledger checks fences", off: [], behind: ["local-deadline"], isFenced: false },
];

/** Where each was noticed when this was written: tried first, since any change moves histories. */
const NOTICED_AT: Readonly<Record<string, number>> = {
  ...{ quarantine: 7, "kill-at-the-lane": 8, "the ledger checks fences": 8 },
  ...{ "asks-before-sending-again": 4, "closes-what-is-left": 73, "skips-told-again": 85 },
  ...{ "local-deadline": 186, "stale-is-read-again": 10, "unknown-is-not-rejected": 6 },
  ...{ "closing-deal-required": 5, "kills-before-arming": 2, "open-expires-in-the-lane": 30 },
  ...{ "compares-on-a-timer": 109, "looks-until-concluded": 37, "swept-before-settled": 72 },
  ...{ "divergences-are-retried": 243, "history-explains-nets": 17 },
};

export type Caught = {
  readonly name: string;
  /** The first seed that notices, or the test; null: it survives. */
  readonly by: string | null;
  readonly words: string;
};

export async function hunt(mutant: Mutant, seeds: number): Promise<Caught> {
  const { name } = mutant;
  const noticed = NOTICED_AT[name];
  const all = Array.from({ length: seeds }, (_, index) => index + 1);
  for (const seed of noticed === undefined ? all : [noticed, ...all]) {
    const words = await notices(mutant, seed);
    if (words !== null) return { name, by: `seed ${seed}`, words };
  }
  return { name, by: null, words: `survived ${seeds} seeds` };
}

/** A seed that fails by itself proves nothing of the mutant. */
async function notices(
  { off, behind = [], isFenced = true, tune = {} }: Mutant,
  seed: number,
): Promise<string | null> {
  const { found } = await runSeed(seed, protectionsWithout(...off, ...behind), { isFenced, tune });
  if (found.length === 0) return null;
  const whole = await runSeed(seed, protectionsWithout(...behind), { tune });
  return whole.found.length === 0 ? (found[0] ?? "") : null;
}

export function tableOf(all: readonly Caught[]): string {
  const wide = Math.max(...all.map(({ name }) => name.length));
  return all
    .map(({ name, by, words }) => `${name.padEnd(wide)}  ${by ?? "SURVIVES"}: ${words}`)
    .join("\n");
}
