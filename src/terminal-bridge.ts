/**
 * The bridge to MetaTrader terminals as a running hub has it: where it listens, and a gateway for
 * each broker whose accounts speak through it, those that are paired later too.
 */
import { readFile } from "node:fs/promises";
import type { Settings } from "./config.ts";
import { Bridge } from "./gateway/metatrader/bridge.ts";
import { PostgresDevices } from "./gateway/metatrader/device-store.ts";
import type { MetaTraderGateway } from "./gateway/metatrader/gateway.ts";
import { TerminalPlaces } from "./gateway/metatrader/places.ts";
import type { Hub } from "./hub/hub.ts";
import { monotonicMs, systemClock, systemTimers } from "./platform/clock.ts";
import { openSealer } from "./platform/key-ring.ts";
import { inTenant, type Sql } from "./platform/postgres.ts";

export type TerminalBridge = {
  readonly gateways: ReadonlyMap<string, MetaTraderGateway>;
  /** For the person who watches. */
  readonly words: readonly string[];
  /** From now on, those who have something to close are let in before all others. */
  serve(hub: Hub): void;
  /** Gateways of brokers that were not there before; `accounts` tells when there are more. */
  look(): Promise<{ readonly added: readonly MetaTraderGateway[]; readonly accounts: number }>;
  close(): Promise<void>;
};

const HOW = "To link a MetaTrader terminal: lockstep pair --broker NAME --login NUMBER";
export const NOT_AWAITED =
  "To link MetaTrader terminals, start with LOCKSTEP_TERMINAL_PORT=8421; docs/metatrader.md says how.";

export type BridgeFacts = {
  /** Whom the leases name. */
  readonly owner: string;
  fault(error: unknown, doing: string): void;
};

/** Null where no port is configured. ADDRESS_TAKEN, and BAD_CONFIG for a key that is none. */
export async function openTerminalBridge(
  { config }: Settings,
  sql: Sql,
  { owner, fault }: BridgeFacts,
): Promise<TerminalBridge | null> {
  const { host, port, httpPort, certFile, keyFile, address } = config.terminals;
  if (port === null && httpPort === null) return null;
  const tls =
    certFile === null || keyFile === null
      ? null
      : { cert: await readFile(certFile), key: await readFile(keyFile) };
  const store = new PostgresDevices(sql, await openSealer(config.dataDir));
  const places = new TerminalPlaces(sql, owner, monotonicMs);
  let hub: Hub | null = null;
  const bridge = new Bridge({
    ...{ store, clock: systemClock, timers: systemTimers, tls, fault },
    elsewhere: (account, carrier) => places.of(account, carrier),
    urgent: ({ accountId }) => hub !== null && isUrgent(hub, accountId),
  });
  const at = await bridge.listen({ host, port, httpPort });
  await places.announce({ host: address, ...at, tls: tls !== null });
  const gateways = new Map<string, MetaTraderGateway>();
  const look: TerminalBridge["look"] = async () => {
    const rows = await terminalAccounts(sql);
    const added: MetaTraderGateway[] = [];
    for (const { broker_id: id } of rows) {
      if (gateways.has(id)) continue;
      const gateway = bridge.gateway(id);
      gateways.set(id, gateway);
      added.push(gateway);
    }
    return { added, accounts: rows.length };
  };
  await look();
  const by = tls === null ? "plain" : "TLS";
  const listening = [
    ...(at.port === null ? [] : [`MetaTrader 5 at ${host}:${at.port}`]),
    ...(at.httpPort === null ? [] : [`MetaTrader 4 at ${host}:${at.httpPort}`]),
  ];
  const words = [`Terminals are awaited (${by}): ${listening.join(", ")}.`, HOW];
  const serve = (served: Hub): void => {
    hub = served;
  };
  const close = async (): Promise<void> => {
    await places.withdraw();
    await bridge.close();
  };
  return { gateways, words, serve, look, close };
}

/** What others follow goes first too: its closes are not known before it is there. */
function isUrgent(hub: Hub, accountId: string): boolean {
  return hub.watchers.has(accountId) || hub.lanes.hasCloses(accountId);
}

async function terminalAccounts(sql: Sql): Promise<readonly { readonly broker_id: string }[]> {
  const tenants = await sql<{ tenant_ids: string }[]>`select tenant_ids()`;
  const found: { readonly broker_id: string }[] = [];
  for (const { tenant_ids: tenantId } of tenants) {
    const rows = await inTenant(
      sql,
      tenantId,
      (tx) => tx<{ broker_id: string }[]>`
        select broker_id from accounts join brokers using (tenant_id, broker_id)
        where gateway = 'metatrader'`,
    );
    found.push(...rows);
  }
  return found;
}
