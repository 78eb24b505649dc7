/** Reads back what a replay left in the ledger and at the brokers, as rows for its files. */

import type { OutcomeCode, SkipReason } from "../domain/codes.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import type { SimulatedBroker } from "../gateway/simulator/broker.ts";
import { type InstructionState, verdictOf } from "../lane/verdict.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import type { PositionNames } from "./master-hand.ts";
import type { AccountRow, OutcomeRow } from "./outputs.ts";
import type { ScriptAction } from "./script.ts";

type Row = Record<string, unknown>;

/** One row per signal and follower; a follower without a decision has none, which is a fault. */
export async function readOutcomes(
  sql: Sql,
  tenantId: string,
  names: PositionNames,
): Promise<OutcomeRow[]> {
  return inTenant(sql, tenantId, async (tx) => {
    const [decisions, instructions] = await Promise.all([
      tx<Row[]>`
        select s.sequence, s.at, s.kind, s.position, s.symbol, s.price as master_price, a.name,
          d.decision, d.reason, d.wanted, d.volume, d.signal_id, d.subscription_id
        from decisions d
        join signals s using (tenant_id, signal_id)
        join subscriptions u using (tenant_id, subscription_id)
        join accounts a on a.tenant_id = u.tenant_id and a.account_id = u.account_id`,
      tx<Row[]>`
        select origin_id, subscription_id, part, attempt, kind, volume, state, filled, price, code
        from instruction_states where origin = 'signal' order by part, attempt`,
    ]);
    const states = new Map<string, Row[]>();
    for (const row of instructions) {
      const place = `${row["origin_id"]} ${row["subscription_id"]}`;
      const list = states.get(place);
      if (list === undefined) states.set(place, [row]);
      else list.push(row);
    }
    return decisions.map((row) => {
      const place = `${row["signal_id"]} ${row["subscription_id"]}`;
      return outcomeRow(row, states.get(place) ?? [], names);
    });
  });
}

function outcomeRow(row: Row, instructions: readonly Row[], names: PositionNames): OutcomeRow {
  const copied = row["decision"] === "copy";
  const sent = parseFixed(String(row["volume"]));
  const verdict = verdictOf(sent, instructions.map(stateOf));
  const outcome = copied ? verdict.outcome : null;
  const code = outcome === "rejected" ? instructions.at(-1)?.["code"] : null;
  return {
    signal: Number(row["sequence"]),
    at: (row["at"] as Date).getTime(),
    kind: String(row["kind"]) as ScriptAction,
    position: names.get(String(row["position"])) ?? String(row["position"]),
    symbol: String(row["symbol"]),
    follower: String(row["name"]),
    decision: copied ? "copy" : "skip",
    reason: (row["reason"] ?? code ?? null) as SkipReason | OutcomeCode | null,
    wanted: fixedOrNull(row["wanted"]),
    sent,
    filled: verdict.filled,
    price: verdict.price,
    masterPrice: fixedOrNull(row["master_price"]),
    outcome,
  };
}

function stateOf(row: Row): InstructionState {
  return {
    part: Number(row["part"]),
    attempt: Number(row["attempt"]),
    kind: String(row["kind"]),
    volume: fixedOrNull(row["volume"]),
    state: String(row["state"]) as InstructionState["state"],
    filled: fixedOrNull(row["filled"]) ?? 0n,
    price: fixedOrNull(row["price"]),
  };
}

const fixedOrNull = (value: unknown): Fixed | null =>
  value === null || value === undefined ? null : parseFixed(String(value));

export function accountRow(name: string, broker: SimulatedBroker): AccountRow {
  const { figures, positions } = broker.snapshot(name);
  const deals = broker.deals(name, 0, Number.MAX_SAFE_INTEGER);
  return {
    account: name,
    balance: figures.balance,
    equity: figures.equity,
    openPositions: positions.length,
    deals: deals.length,
    profit: deals.reduce((sum, one) => sum + one.profit + one.commission + one.swap, 0n),
  };
}
