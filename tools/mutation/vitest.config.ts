import { defineConfig } from "vitest/config";

/** The unit tests of what is mutated, property tests with fewer runs. */
export default defineConfig({
  test: {
    include: ["src/follower/**/*.test.ts", "src/lane/**/*.test.ts", "src/reconcile/**/*.test.ts"],
    exclude: ["**/*.services.test.ts", "**/*.simulation.test.ts"],
    isolate: false,
    pool: "threads",
    testTimeout: 60_000,
    setupFiles: ["./tools/mutation/fewer-runs.ts"],
  },
});
