/** The examples of docs/worked-examples.md through the real pipeline: the committed files, byte for byte. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { NO_FAULTS } from "../gateway/simulator/faults.ts";
import { packageRoot } from "../platform/package-root.ts";
import { replay } from "./replay.ts";

test.each(["risk", "hours"])(
  "the example %s gives the outcomes and accounts beside it",
  async (name) => {
    const inputs = join(packageRoot(), "docs", "examples", name);
    const directory = await mkdtemp(join(tmpdir(), "lockstep-example-"));
    try {
      const out = join(directory, "out");
      const faults: unknown[] = [];
      const summary = await replay({
        files: {
          ticks: [join(inputs, "EURUSD-example.csv")],
          trades: join(inputs, "trades.csv"),
          followers: join(inputs, "followers.json"),
          out,
        },
        seed: 1,
        faults: NO_FAULTS,
        serverUrl: inject("adminUrl"),
        redisUrl: null,
        log: { info: () => {}, error: (facts) => void faults.push(facts) },
        progress: () => {},
      });
      expect(faults).toEqual([]);
      expect(summary.unexplained).toBe(0);
      for (const file of ["outcomes.csv", "accounts.csv"]) {
        const made = await readFile(join(out, file), "utf8");
        expect(made, file).toBe(await readFile(join(inputs, file), "utf8"));
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
