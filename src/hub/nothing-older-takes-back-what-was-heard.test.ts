import { parseFixed } from "../domain/fixed.ts";
import type { Protections } from "../platform/protections.ts";
import { figures, NOW } from "../testing/follower-builders.ts";
import { matters } from "../testing/matters.ts";
import { accountStateOf } from "../testing/owner-builders.ts";
import { Feed } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { Viewer } from "./viewer.ts";

const STANDS = { positionId: "h1", side: "buy" as const, volume: parseFixed("0.1") };

/** A look whose snapshot was made before the last event, and answered after it. */
async function heardAfter(protections: Protections): Promise<string> {
  const account = accountStateOf({ positionMode: "netting" });
  account.nets.set("EURUSD", STANDS);
  const feed = new Feed();
  feed.at(5);
  const older = { id: "h1", leg: 0, symbol: "EURUSD", side: "buy", volume: parseFixed("0.3") };
  const hub = {
    accounts: new Map([[account.account.accountId, account]]),
    feeds: new Map([[account.account.accountId, feed]]),
    deps: { protections, monotonicMs: () => 0, activity: { during: async () => {} } },
    mirrors: { check: async () => false },
    cash: { rebase: () => {}, looked: () => {} },
    reconciler: { copiedOf: () => [], reconcile: async () => true },
    gatewayOf: () => ({
      symbols: async () => [],
      capabilities: () => ({}),
      snapshot: async () => ({
        ...{ account: account.account, positions: [older], asOf: NOW, sequence: 4 },
        figures: { ...figures("10000"), asOf: NOW },
      }),
    }),
  } as unknown as Hub;
  await new Viewer(hub).view(account);
  return String(account.nets.get("EURUSD")?.volume);
}

matters("outrun-concludes-nothing", heardAfter, {
  is: String(parseFixed("0.1")),
  without: String(parseFixed("0.3")),
});
