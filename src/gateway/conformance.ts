/**
 * What every gateway must keep, whatever broker is behind it: a bench of a gateway, its broker and
 * the faults that can be made to happen between them goes in, a suite of tests comes out.
 * A guarantee that the capabilities do not claim is not asked for.
 */
import { afterEach, beforeEach, describe } from "vitest";
import { type ConformanceBench, type Context, orders } from "./conformance/bench.ts";
import { linkTests, nettingTests } from "./conformance/events.ts";
import { keyTests } from "./conformance/keys.ts";
import { outcomeTests, refusalTests } from "./conformance/outcomes.ts";
import { pendingEndTests, pendingTests } from "./conformance/pending.ts";

export function gatewayConformance(name: string, factory: () => Promise<ConformanceBench>): void {
  describe(`${name}: gateway conformance`, () => {
    let bench: ConformanceBench | null = null;
    beforeEach(async () => {
      bench = await factory();
    });
    afterEach(async () => bench?.close());
    const context = (): Context => {
      if (bench === null) throw new TypeError("the bench is not set up");
      return { bench, order: orders(bench) };
    };
    keyTests(context);
    outcomeTests(context);
    refusalTests(context);
    pendingTests(context);
    pendingEndTests(context);
    nettingTests(context);
    linkTests(context);
  });
}
