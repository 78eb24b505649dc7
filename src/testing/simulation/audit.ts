/**
 * The auditor of a simulated run: reads the ledger's rows and the brokers' logs, which the hub never
 * sees, and says in words what is not as it must be. An empty list is the proof for that seed.
 */
import { formatFixed } from "../../domain/fixed.ts";
import type { LedgerInstruction } from "../../follower/instruction.ts";
import type { LogRecord } from "../../gateway/simulator/records.ts";
import { heldByBroker, heldByLedger } from "./audit-holdings.ts";
import type { SimulatedWorld } from "./world.ts";

type Deal = Extract<LogRecord, { type: "deal" }>["deal"];

/** What was with the broker before the last lane knew of the switch may still be filled. */
const UNDER_WAY_MS = 500;

export function auditOf(world: SimulatedWorld): string[] {
  const deals = dealsOf(world.market.logs.beta.records).filter(({ key }) => key !== null);
  return [
    ...world.breaches,
    ...everyDealIsASignal(world),
    ...everySignalIsDecided(world),
    ...everythingHasEnded(world),
    ...oneOrderAKey(world, deals),
    ...noMoreThanWasDecided(world, deals),
    ...outcomesAreReal(world, deals),
    ...inLedgerOrder(world, deals),
    ...fencesRise(world),
    ...nothingOpensAfterTheSwitch(world),
    ...nothingOpensTooLate(world),
    ...heldByLedger(world),
    ...heldByBroker(world),
    ...bounded(world),
  ];
}

export const dealsOf = (records: readonly LogRecord[]): Deal[] =>
  records.flatMap((record) => (record.type === "deal" ? [record.deal] : []));

/** Nothing of the master is lost, nothing is signalled twice. */
function everyDealIsASignal({ ledger, market }: SimulatedWorld): string[] {
  const known = ledger.signals.map(({ sourceKey }) => sourceKey);
  const real = dealsOf(market.logs.alpha.records).flatMap(({ id, entry }) =>
    (entry === "inout" ? ["in", "out"] : [entry]).map((one) => `deal:${id}:${one}`),
  );
  const isOfDeal = (key: string): boolean => !/^(protect|order):/.test(key);
  return [
    ...real.filter((key) => !known.includes(key)).map((key) => `the master's ${key} is no signal`),
    ...known
      .filter((key) => isOfDeal(key) && !real.includes(key))
      .map((key) => `signal ${key} is no deal of the master`),
  ];
}

/** I2, first half. */
function everySignalIsDecided({ ledger }: SimulatedWorld): string[] {
  return ledger.signals.flatMap(({ id, sequence }) =>
    ledger.enrolled.subscriptions
      .filter(({ subscriptionId }) => !ledger.decisions.has(`${id} ${subscriptionId}`))
      .map(({ subscriptionId }) => `signal ${sequence} has no decision for ${subscriptionId}`),
  );
}

/** I2, second half, and I13. */
function everythingHasEnded({ ledger }: SimulatedWorld): string[] {
  return [...ledger.instructions.values()].flatMap(({ one: { key, kind } }) => {
    const state = ledger.stateOf(key);
    return ["done", "partial", "rejected"].includes(state) ? [] : [`${kind} ${key} is ${state}`];
  });
}

/** I1; a broker that does not deduplicate must not be given a key twice. */
function oneOrderAKey(world: SimulatedWorld, deals: readonly Deal[]): string[] {
  const orders = new Map<string, Set<string>>();
  for (const { key, orderId } of deals) {
    if (key !== null) orders.set(key, (orders.get(key) ?? new Set()).add(orderId));
  }
  const isTagged = world.scenario.broker === "tagged";
  const twice = [...world.handed].filter(([, times]) => isTagged && times.length > 1);
  return [
    ...[...orders]
      .filter(([, list]) => list.size > 1)
      .map(([key, list]) => `${list.size} orders were executed for ${key}`),
    ...twice.map(([key]) => `${key} was sent twice to a broker that does not deduplicate`),
  ];
}

/** All attempts of a part together do what was decided, and not more. */
function noMoreThanWasDecided({ ledger }: SimulatedWorld, deals: readonly Deal[]): string[] {
  const filled = filledByKey(deals);
  const parts = new Map<string, { volume: bigint; filled: bigint; one: LedgerInstruction }>();
  for (const { one } of ledger.instructions.values()) {
    if (one.volume === null) continue;
    const name = `${one.origin.id} ${one.subscriptionId} ${one.part}`;
    const known = parts.get(name);
    const volume = one.attempt === 1 ? one.volume : (known?.volume ?? one.volume);
    parts.set(name, { volume, filled: (known?.filled ?? 0n) + (filled.get(one.key) ?? 0n), one });
  }
  return [...parts.values()]
    .filter((part) => part.filled > part.volume)
    .map(({ volume, filled: dealt, one: { kind, key } }) => {
      return `${kind} ${key} was dealt ${formatFixed(dealt)} where ${formatFixed(volume)} was decided`;
    });
}

function filledByKey(deals: readonly Deal[]): Map<string, bigint> {
  const filled = new Map<string, bigint>();
  for (const { key, volume } of deals) {
    if (key !== null) filled.set(key, (filled.get(key) ?? 0n) + volume);
  }
  return filled;
}

/** I3 and I4: what the outcomes say is what was dealt, under keys that were instructed. */
function outcomesAreReal({ ledger }: SimulatedWorld, deals: readonly Deal[]): string[] {
  const filled = filledByKey(deals);
  const strange = [...filled.keys()].filter((key) => !ledger.instructions.has(key));
  return [
    ...strange.map((key) => `order ${key} was never instructed`),
    ...[...ledger.instructions.values()].flatMap(({ one: { key, kind } }) => {
      const said = ledger.outcomes.get(key)?.at(-1)?.filled ?? 0n;
      const dealt = filled.get(key) ?? 0n;
      return said === dealt
        ? []
        : [`${kind} ${key} says ${formatFixed(said)} where ${formatFixed(dealt)} was dealt`];
    }),
  ];
}

/** I6 */
function inLedgerOrder({ ledger }: SimulatedWorld, deals: readonly Deal[]): string[] {
  const last = new Map<string, number>();
  return deals.flatMap(({ key }) => {
    const one = ledger.instructions.get(key ?? "")?.one;
    if (one === undefined || one.origin.kind !== "signal") return [];
    const place = `${one.subscriptionId} ${one.position}`;
    const before = last.get(place) ?? 0;
    last.set(place, one.origin.sequence);
    return before > one.origin.sequence
      ? [`signal ${one.origin.sequence} was executed after ${before} at ${place}`]
      : [];
  });
}

/** I7: leases' fences rise, and a broker that checks them executes nothing under an old one. */
function fencesRise({ ledger, market, scenario }: SimulatedWorld): string[] {
  const given = new Map<number, number>();
  const fallen = ledger.fenceHistory.flatMap(({ partition, fence }) => {
    const before = given.get(partition) ?? 0;
    given.set(partition, fence);
    return fence > before ? [] : [`fence ${fence} of partition ${partition} came after ${before}`];
  });
  if (scenario.broker !== "journal") return fallen;
  const highest = new Map<string, number>();
  const { records } = market.logs.beta;
  const old = records.flatMap((record, index) => {
    if (record.type !== "request" && record.type !== "fence") return [];
    if (record.fence === null) return [];
    const known = highest.get(record.login) ?? 0;
    highest.set(record.login, Math.max(known, record.fence));
    const isExecuted = record.type === "request" && records[index + 1]?.type === "deal";
    const isUnknown = record.fence > (given.get(partitionAt(market, record.login)) ?? 0);
    if (isUnknown) return [`fence ${record.fence} was never given`];
    return isExecuted && record.fence < known
      ? [`an order was executed under fence ${record.fence} after ${known}`]
      : [];
  });
  return [...fallen, ...old];
}

function partitionAt({ enrolled }: SimulatedWorld["market"], login: string): number {
  return enrolled.accounts.find((account) => account.login === login)?.partition ?? -1;
}

/**
 * I10: once every lane has acknowledged it, nothing opens any more. What a process was asking for when
 * it froze reaches a broker that checks no fences after it thaws; that it asked before is looked at
 * where it asks (breaches.ts).
 */
function nothingOpensAfterTheSwitch(world: SimulatedWorld): string[] {
  const { ledger, market, handed, began, scenario } = world;
  if (ledger.kills.length === 0) return [];
  const underWayMs = UNDER_WAY_MS + (scenario.broker === "journal" ? 0 : scenario.freezeMsMax);
  return market.followers.flatMap(({ accountId, login }) => {
    const at = ledger.acknowledged.get(`1 ${accountId}`);
    if (at === undefined) return [`${login} never acknowledged the kill switch`];
    return market.logs.beta.records.flatMap((record) =>
      record.type === "request" &&
      record.login === login &&
      record.key !== null &&
      ledger.instructions.get(record.key)?.one.kind === "open" &&
      began + (handed.get(record.key)?.[0] ?? 0) > at + underWayMs
        ? [`${record.key} was opened after the kill switch was acknowledged`]
        : [],
    );
  });
}

/** I11: what an open may be late is its time, and what it was on its way. */
function nothingOpensTooLate({ ledger, market, scenario }: SimulatedWorld): string[] {
  const { latencyMs, slowMs } = scenario.orders;
  const onItsWayMs =
    scenario.broker === "journal" ? 0 : latencyMs + slowMs + scenario.freezeMsMax * 2;
  return dealsOf(market.logs.beta.records).flatMap(({ key, at }) => {
    const one = ledger.instructions.get(key ?? "")?.one;
    if (one?.kind !== "open" || one.validUntil === null) return [];
    const lateMs = at - one.validUntil;
    return lateMs > onItsWayMs ? [`${key} was opened ${lateMs} ms after its time`] : [];
  });
}

/** I14 */
function bounded({ ledger }: SimulatedWorld): string[] {
  const left = ledger.outbox.length;
  return left === 0 ? [] : [`${left} doorbells are still to be rung`];
}
