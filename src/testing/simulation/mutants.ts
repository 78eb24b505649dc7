/**
 * Each protection switched off, one at a time, and who notices: seeds of the simulation, or a test
 * that shows the protection and its absence side by side.
 */
import { PROTECTIONS, type Protection, protectionsWithout } from "../../platform/protections.ts";
import { runSeed } from "./seeds.ts";

const MATTERS = "src/hub/each-protection-matters.services.test.ts";
const ORDER = "src/lane/keeps-the-order-of-each-position.test.ts";
const NETS = "src/lane/a-netted-position-has-one-order-at-a-time.test.ts";
const KILLED = "src/hub/a-kill-switch-stops-every-open.services.test.ts";
const RINGS = "src/queue/rings-before-it-clears.test.ts";

/** What shows in no history of the simulation, since something else makes up for it. */
export const SHOWN_BY_TESTS: Readonly<Partial<Record<Protection, string>>> = {
  "closes-first": ORDER,
  "closing-deal-required": MATTERS,
  quarantine: MATTERS,
  "gap-means-snapshot": MATTERS,
  "one-order-a-net": NETS,
  "kills-before-arming": KILLED,
  "rung-before-cleared": RINGS,
  "late-rows-are-rung": RINGS,
};

export type Mutant = { readonly name: string; run(seed: number): ReturnType<typeof runSeed> };

export type Caught = {
  readonly name: string;
  /** The first seed that notices, or the test; null: it survives. */
  readonly by: string | null;
  readonly words: string;
};

export const SEEDED: readonly Mutant[] = [
  ...PROTECTIONS.filter((name) => SHOWN_BY_TESTS[name] === undefined).map((name) => ({
    name,
    run: (seed: number) => runSeed(seed, protectionsWithout(name)),
  })),
  {
    name: "the ledger checks fences",
    run: (seed: number) => runSeed(seed, protectionsWithout("local-deadline"), { isFenced: false }),
  },
];

export async function hunt({ name, run }: Mutant, seeds: number): Promise<Caught> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { found } = await run(seed);
    // A seed that fails by itself proves nothing of the mutant.
    if (found.length > 0 && (await runSeed(seed)).found.length === 0)
      return { name, by: `seed ${seed}`, words: found[0] ?? "" };
  }
  return { name, by: null, words: `survived ${seeds} seeds` };
}

export const shownByTests = (): Caught[] =>
  Object.entries(SHOWN_BY_TESTS).map(([name, by]) => ({ name, by, words: "shows its absence" }));

export function tableOf(all: readonly Caught[]): string {
  const wide = Math.max(...all.map(({ name }) => name.length));
  return all
    .map(({ name, by, words }) => `${name.padEnd(wide)}  ${by ?? "SURVIVES"}: ${words}`)
    .join("\n");
}
