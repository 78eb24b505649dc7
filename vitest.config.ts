import { defineConfig } from "vitest/config";

/** unit: pure, no services. services: real Postgres, Redis, a browser. simulation: seeded runs.
 * mql: the Expert Advisors as processes, compiled with g++. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          // Pure tests share nothing that could leak: one start serves them all.
          pool: "threads",
          isolate: false,
          // Some try thousands of cases; a busy machine is no failure of theirs.
          testTimeout: 30_000,
          include: ["src/**/*.test.ts"],
          exclude: ["src/**/*.services.test.ts", "src/**/*.simulation.test.ts"],
        },
      },
      {
        test: {
          name: "services",
          sequence: { groupOrder: 1 },
          include: ["src/**/*.services.test.ts", "mql/tests/**/*.services.test.ts"],
          globalSetup: ["src/testing/services-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "simulation",
          sequence: { groupOrder: 2 },
          include: ["src/**/*.simulation.test.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "mql",
          sequence: { groupOrder: 3 },
          include: ["mql/tests/**/*.test.ts"],
          exclude: ["mql/tests/**/*.services.test.ts"],
          globalSetup: ["mql/tests/compile.ts"],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
