/** The bench's second process: a hub that owns the followers and reports each signal's fan-out. */

import type { OwnerSetup } from "../src/bench/owner.ts";
import { benchWorld } from "../src/bench/world.ts";
import { createHub } from "../src/deps.ts";
import { PARTITION_COUNT } from "../src/domain/ids.ts";
import { openDoorbells } from "../src/platform/open-doorbells.ts";
import { openPipes } from "../src/platform/pipes.ts";
import { APP_ROLE, openPostgres } from "../src/platform/postgres.ts";

const CONNECTIONS = 6;
const setup = JSON.parse(process.argv[2] ?? "{}") as OwnerSetup;
const sql = openPostgres(setup.serverUrl, {
  max: CONNECTIONS,
  role: APP_ROLE,
  name: "bench-owner",
});
const orders = openPipes(setup.serverUrl);
const world = benchWorld(setup.followers, setup.rules);
const doorbells = await openDoorbells({
  databaseUrl: setup.serverUrl,
  redisUrl: setup.redisUrl,
  prefix: setup.prefix,
  onError: () => {},
});
const partitions = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);
const hub = createHub({
  sql,
  orders,
  doorbells,
  gateways: new Map([[world.gateway.brokerId, world.gateway]]),
  log: { info: () => {}, error: () => {} },
  slot: "owner",
  only: new Set(partitions.filter((partition) => partition !== world.masterPartition)),
});
let first = 0;
let count = 0;
world.gateway.onExecute = () => {
  count += 1;
  const now = performance.timeOrigin + performance.now();
  if (count === 1) first = now;
  if (count < setup.followers) return;
  count = 0;
  process.send?.({ first, last: now });
};
await hub.start();
await hub.deps.activity.quiet();
process.send?.("ready");
process.on("message", () => {
  void (async () => {
    await hub.stop();
    await doorbells.close();
    await orders.end();
    await sql.end();
    process.disconnect();
  })();
});
