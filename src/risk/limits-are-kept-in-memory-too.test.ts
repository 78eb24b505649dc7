import { describe } from "vitest";
import { guardSuite } from "../testing/guard-suite.ts";
import { memoryGuardStore } from "../testing/memory-guards.ts";

const store = memoryGuardStore();
describe("in memory", () => guardSuite(() => store));
