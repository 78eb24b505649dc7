/**
 * A hub in a process of its own, as the fault runner starts, kills, freezes and misleads it. What
 * it speaks to (ledger, queue, brokers) it reaches through the runner's proxies.
 * Run as `node hub-process.js <order as JSON>`, with an IPC channel.
 */

import { createHub } from "../../deps.ts";
import type { AccountRef } from "../../domain/account.ts";
import type { Failpoint } from "../../platform/failpoints.ts";
import { openDoorbells } from "../../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres } from "../../platform/postgres.ts";
import { RemoteGateway } from "./remote-gateway.ts";

export type HubOrder = {
  readonly slot: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly brokerPort: number;
  readonly brokers: readonly {
    readonly brokerId: string;
    readonly positionMode: "hedging" | "netting";
    readonly accounts: readonly AccountRef[];
  }[];
  readonly leaseMs: number;
  readonly quarantineMs: number;
};

export type HubWord =
  /** What happens the `hit`-th time from now on that it comes there, and how many times. */
  | {
      readonly at: Failpoint;
      readonly act: "die" | "freeze" | "throw";
      readonly hit: number;
      times: number;
    }
  | { readonly look: true };

export type HubSays = {
  readonly owns: number;
  readonly accounts: number;
  readonly ready: number;
  readonly swept: number;
  readonly faults: number;
};

const RECONCILE_MS = 1_000;

const order = JSON.parse(process.argv[2] ?? "{}") as HubOrder;
let pending: Extract<HubWord, { at: Failpoint }> | null = null;
let hits = 0;

function failpoint(point: Failpoint): void {
  if (pending?.at !== point) return;
  hits += 1;
  if (hits < pending.hit) return;
  const { act } = pending;
  pending.times -= 1;
  if (pending.times <= 0) pending = null;
  if (act === "throw") throw new Error(`poisoned at ${point}`);
  process.kill(process.pid, act === "die" ? "SIGKILL" : "SIGSTOP");
}

const sql = openPostgres(order.databaseUrl, { max: 8, role: APP_ROLE, name: "faults-hub" });
const doorbells = await openDoorbells({
  ...{ databaseUrl: order.databaseUrl, redisUrl: order.redisUrl, onError: () => {} },
});
const { brokerPort: port, quarantineMs } = order;
const gateways = new Map(
  order.brokers.map((one) => [one.brokerId, new RemoteGateway({ ...one, port, quarantineMs })]),
);
const hub = createHub({
  ...{ sql, doorbells, gateways, slot: order.slot, leaseMs: order.leaseMs },
  reconcileMs: RECONCILE_MS,
  failpoints: failpoint,
  log: {
    info: () => {},
    error: ({ error }, words) =>
      void process.stderr.write(`${words}: ${error instanceof Error ? error.message : error}\n`),
  },
});
process.on("message", (word: HubWord) => {
  if ("at" in word) {
    pending = word;
    hits = 0;
    return;
  }
  const accounts = [...hub.accounts.values()];
  const says: HubSays = {
    owns: hub.deps.leases.partitions.length,
    accounts: accounts.length,
    ready: accounts.filter(({ ready }) => ready).length,
    swept: hub.tally.sweptSignals,
    faults: hub.tally.faults,
  };
  process.send?.(says);
});
process.on("SIGTERM", () => void hub.stop().then(() => process.exit(0)));
process.on("disconnect", () => process.exit());
try {
  await hub.start();
} catch (error) {
  // The ledger is away while it starts: whoever looks after it starts it again.
  process.stderr.write(`starting: ${String(error)}\n`);
  process.exit(1);
}
process.send?.({ started: true });
