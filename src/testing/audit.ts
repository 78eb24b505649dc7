/**
 * The auditor of a run: reads the ledger and the simulated brokers' own logs, which the hub never
 * sees, and says in words what is not as it must be. An empty list is the proof.
 */
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { LogRecord } from "../gateway/simulator/records.ts";
import { accountRefOf } from "../hub/enrol.ts";
import type { Queries } from "../platform/postgres.ts";
import type { World } from "./harness.ts";

type Row = Record<string, unknown>;
type Logs = { readonly alpha: readonly LogRecord[]; readonly beta: readonly LogRecord[] };
type DealRecord = Extract<LogRecord, { type: "deal" }>;

/** Everything below, once the hub is quiet. `admin` sees every tenant. */
export async function audit(admin: Queries, world: World, logs: Logs): Promise<string[]> {
  const [signals, copies, instructions] = await Promise.all([
    admin<Row[]>`select * from signals order by sequence`,
    admin<Row[]>`select s.sequence, b.subscription_id, d.decision, d.reason
      from signals s join subscriptions b on b.tenant_id = s.tenant_id and b.master_id = s.master_id
        and s.sequence > b.from_sequence
      left join decisions d on d.signal_id = s.signal_id and d.subscription_id = b.subscription_id`,
    admin<Row[]>`select * from instruction_states order by ledger_order`,
  ]);
  const deals = logs.beta.filter((record) => record.type === "deal");
  return [
    ...everyDealIsASignal(signals, logs.alpha),
    ...everySignalIsAnswered(copies),
    ...everyCopyHasAnOutcome(instructions),
    ...oneOrderForAKey(deals),
    ...ordersAreInstructions(deals, instructions),
    ...inLedgerOrder(deals, instructions),
    ...fencesRise(logs.beta),
    ...(await holdingsAreReal(admin, world)),
    ...(await copiesFollowTheirMaster(admin, world)),
  ];
}

function everyDealIsASignal(signals: readonly Row[], alpha: readonly LogRecord[]): string[] {
  const known = new Set(signals.map((row) => String(row["source_key"])));
  const deals = alpha.flatMap((record) => {
    if (record.type === "close-by") return record.deals;
    return record.type === "deal" ? [record.deal] : [];
  });
  const keys = deals.flatMap(({ id, entry }) => {
    return (entry === "inout" ? ["in", "out"] : [entry]).map((one) => `deal:${id}:${one}`);
  });
  const real = new Set(keys);
  return [
    ...keys.filter((key) => !known.has(key)).map((key) => `the master's ${key} is no signal`),
    ...[...known]
      .filter((key) => !real.has(key) && !/^(protect|order):/.test(key))
      .map((key) => `signal ${key} is no deal of the master`),
  ];
}

function everySignalIsAnswered(copies: readonly Row[]): string[] {
  return copies.flatMap(({ decision, sequence, subscription_id: subscription }) =>
    decision === null ? [`signal ${sequence} has no decision for ${subscription}`] : [],
  );
}

function everyCopyHasAnOutcome(instructions: readonly Row[]): string[] {
  const last = new Map<string, Row>();
  for (const row of instructions) {
    const place = `${row["origin_id"]} ${row["subscription_id"]} ${row["part"]}`;
    const known = last.get(place);
    if (known === undefined || Number(known["attempt"]) < Number(row["attempt"])) {
      last.set(place, row);
    }
  }
  return [...last.values()].flatMap(({ key, kind, state }) =>
    ["done", "partial", "rejected"].includes(String(state)) ? [] : [`${kind} ${key} is ${state}`],
  );
}

function oneOrderForAKey(deals: readonly DealRecord[]): string[] {
  const orders = new Map<string, Set<string>>();
  for (const { deal } of deals) {
    if (deal.key === null) continue;
    const list = orders.get(deal.key) ?? new Set();
    orders.set(deal.key, list.add(deal.orderId));
  }
  return [...orders].flatMap(([key, list]) =>
    list.size > 1 ? [`${list.size} orders were executed for ${key}`] : [],
  );
}

function ordersAreInstructions(deals: readonly DealRecord[], instructions: readonly Row[]) {
  const known = new Map(instructions.map((row) => [String(row["key"]), row]));
  const filled = new Map<string, bigint>();
  for (const { deal } of deals) {
    if (deal.key !== null) filled.set(deal.key, (filled.get(deal.key) ?? 0n) + deal.volume);
  }
  const strange = [...filled.keys()].filter((key) => !known.has(key));
  const wrong = [...known].filter(
    ([key, row]) =>
      // A place is done once its order stands; what fills that comes later, and is no outcome.
      row["kind"] !== "place" &&
      parseFixed(String(row["filled"] ?? "0")) !== (filled.get(key) ?? 0n),
  );
  return [
    ...strange.map((key) => `order ${key} was never instructed`),
    ...wrong.map(([key, row]) => {
      const dealt = formatFixed(filled.get(key) ?? 0n);
      return `${row["kind"]} ${key} says ${row["filled"]} where ${dealt} was dealt`;
    }),
  ];
}

/** Of one (subscription, master position), broker orders come in the order of the ledger. */
function inLedgerOrder(deals: readonly DealRecord[], instructions: readonly Row[]): string[] {
  const known = new Map(instructions.map((row) => [String(row["key"]), row]));
  const last = new Map<string, Row>();
  return deals.flatMap(({ deal }) => {
    const row = deal.key === null ? undefined : known.get(deal.key);
    if (row === undefined) return [];
    const place = `${row["subscription_id"]} ${row["position"]}`;
    const before = last.get(place);
    last.set(place, row);
    const sequence = Number(row["origin_sequence"]);
    return before !== undefined && Number(before["origin_sequence"]) > sequence
      ? [`signal ${sequence} was executed after ${before["origin_sequence"]} at ${place}`]
      : [];
  });
}

/** No order was executed under a fence lower than one that the account had seen. */
function fencesRise(beta: readonly LogRecord[]): string[] {
  const highest = new Map<string, number>();
  return beta.flatMap((record, index) => {
    if (record.type !== "request" || record.fence === null) return [];
    const known = highest.get(record.login) ?? 0;
    highest.set(record.login, Math.max(known, record.fence));
    const executed = beta[index + 1]?.type === "deal";
    return executed && record.fence < known
      ? [`${record.key} was executed under fence ${record.fence} after ${known}`]
      : [];
  });
}

type Holding = readonly [positionId: string, volume: string];

/** What the ledger says that the followers hold is what their broker says, position by position. */
async function holdingsAreReal(admin: Queries, world: World): Promise<string[]> {
  const rows = await admin<{ login: string; symbol: string; side: string; holdings: Holding[] }[]>`
    select a.login, c.symbol, c.side, c.holdings from copied_positions c
    join subscriptions s using (tenant_id, subscription_id)
    join accounts a on a.tenant_id = s.tenant_id and a.account_id = s.account_id`;
  return world.followers.flatMap(({ login, positionMode }) => {
    const mine = rows.filter((row) => row.login === login);
    const name = (symbol: string, id: string) => (positionMode === "netting" ? symbol : id);
    const held = new Map<string, bigint>();
    const add = (place: string, side: string, volume: bigint): void => {
      held.set(place, (held.get(place) ?? 0n) + (side === "buy" ? volume : -volume));
    };
    for (const { symbol, side, holdings } of mine) {
      for (const [id, volume] of holdings) add(name(symbol, id), side, parseFixed(volume));
    }
    for (const one of world.brokers.beta.snapshot(login).positions) {
      add(name(one.symbol, one.id), one.side === "buy" ? "sell" : "buy", one.volume);
    }
    return [...held]
      .filter(([, rest]) => rest !== 0n)
      .map(([place, rest]) => `${login} differs by ${formatFixed(rest)} at ${place}`);
  });
}

/** A copy is held as long as its master's position is, or a divergence says why not. */
async function copiesFollowTheirMaster(admin: Queries, world: World): Promise<string[]> {
  const standing = new Set(
    world.brokers.alpha
      .snapshot(world.master.login)
      .positions.map(({ id, leg }) => (leg === 0 ? id : `${id}.${leg}`)),
  );
  const rows = await admin<{ login: string; position: string; held: boolean; why: string }[]>`
    select a.login, d.position, d.held, g.cause as why from (
      select distinct on (i.tenant_id, i.subscription_id, i.position) i.tenant_id, i.account_id,
        i.subscription_id, i.position, coalesce(c.state = 'open', false) as held
      from instructions i left join copied_positions c using (tenant_id, subscription_id, position)
      where i.kind not in ('place', 'change', 'cancel')
    ) d join accounts a using (tenant_id, account_id)
    left join divergences g on g.tenant_id = d.tenant_id and g.position = d.position
      and g.subscription_id = d.subscription_id and g.closed_at is null`;
  return rows.flatMap(({ login, position, held, why }) => {
    if (held === standing.has(position) || (why !== null && !held)) return [];
    return [`${login} ${held ? "still holds" : "lacks"} ${position} without a divergence`];
  });
}

export const followerRef = (world: World, index: number) =>
  accountRefOf(world.tenant, world.followers[index] ?? { broker: "beta", login: "" });
