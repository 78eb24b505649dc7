/** One signal and one follower, as the ledger has them: signal, decision, instructions, outcomes. */
import { LockstepError } from "../domain/errors.ts";
import type { Step } from "../follower/decision.ts";
import { layersOf, type StoredRules } from "../follower/rules/stored.ts";
import { inTenant, type Sql } from "../platform/postgres.ts";
import { originsOf } from "./effective-rules.ts";
import type { Origins } from "./words.ts";

export type ExplainedInstruction = {
  readonly key: string;
  readonly part: number;
  readonly attempt: number;
  readonly kind: string;
  readonly volume: string | null;
  readonly state: string;
  readonly code: string | null;
  readonly filled: string;
  readonly price: string | null;
  readonly millisecondsToAnswer: number | null;
};

export type Explanation = {
  readonly signal: {
    readonly id: string;
    readonly sequence: number;
    readonly master: string;
    readonly kind: string;
    readonly position: string;
    readonly symbol: string;
    readonly side: string;
    readonly volume: string;
    readonly price: string | null;
    readonly at: string;
  };
  readonly account: string;
  readonly strategy: string;
  readonly rulesVersion: number;
  readonly decision: "copy" | "skip";
  readonly reason: string | null;
  readonly wanted: string | null;
  readonly volume: string;
  readonly steps: readonly Step[];
  /** The layers that the settings of this version of the rules came from, by path. */
  readonly origins: Origins;
  readonly instructions: readonly ExplainedInstruction[];
};

type Row = Record<string, unknown>;
const NO_RULES: StoredRules = { rules: {}, layers: [] };

/**
 * `signal`: its id, or its sequence (a number); `account`: its name, login or id. NOT_FOUND where
 * nothing fits; where several do, all are answered.
 */
export async function readExplanations(
  sql: Sql,
  signal: string,
  account: string,
): Promise<readonly Explanation[]> {
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const found: Explanation[] = [];
  for (const { id } of tenants) found.push(...(await explainIn(sql, id, { signal, account })));
  if (found.length === 0) {
    throw new LockstepError("NOT_FOUND", {
      signal,
      account,
      expected: "a signal's number or id and a follower's name, login or id that has decided it",
    });
  }
  return found;
}

export type Asked =
  | { readonly signal: string; readonly account: string; readonly subscription?: undefined }
  | { readonly signal: string; readonly subscription: string; readonly account?: undefined };

/** Within one tenant; empty where nothing fits. */
export function explainIn(
  sql: Sql,
  tenantId: string,
  { signal, ...whose }: Asked,
): Promise<Explanation[]> {
  const account = whose.account ?? null;
  const subscription = whose.subscription ?? null;
  return inTenant(sql, tenantId, async (tx) => {
    const decisions = await tx<Row[]>`
      select s.*, d.decision, d.reason, d.wanted, d.volume as decided, d.steps, d.rules_version,
        d.subscription_id, a.name as account, m.name as master, t.name as strategy,
        (select json_build_object('rules', v.rules, 'layers', v.layers) from subscription_rules v where v.tenant_id = d.tenant_id
          and v.subscription_id = d.subscription_id and v.version = d.rules_version) as stored
      from decisions d
      join signals s using (tenant_id, signal_id)
      join subscriptions u using (tenant_id, subscription_id)
      join strategies t on t.tenant_id = u.tenant_id and t.strategy_id = u.strategy_id
      join accounts a on a.tenant_id = u.tenant_id and a.account_id = u.account_id
      join accounts m on m.tenant_id = s.tenant_id and m.account_id = s.master_id
      where (s.signal_id::text = ${signal} or s.sequence::text = ${signal})
        and (a.name = ${account} or a.login = ${account} or a.account_id::text = ${account}
          or d.subscription_id = ${subscription}::uuid)
      order by s.received_at, t.name`;
    const explanations: Explanation[] = [];
    for (const row of decisions) {
      const instructions = await tx<Row[]>`
        select i.*, (extract(epoch from i.outcome_at - i.sent_at) * 1000)::float8 as answer_ms
        from instruction_states i where i.origin_id = ${String(row["signal_id"])}
          and i.subscription_id = ${String(row["subscription_id"])} order by part, attempt`;
      explanations.push(explanationOf(row, instructions.map(instructionOf)));
    }
    return explanations;
  });
}

const text = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);
const decimal = (value: unknown): string | null =>
  text(value)
    ?.replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "") ?? null;

function explanationOf(row: Row, instructions: readonly ExplainedInstruction[]): Explanation {
  return {
    signal: {
      id: String(row["signal_id"]),
      sequence: Number(row["sequence"]),
      master: String(row["master"]),
      kind: String(row["kind"]),
      position: String(row["position"]),
      symbol: String(row["symbol"]),
      side: String(row["side"]),
      volume: decimal(row["volume"]) ?? "0",
      price: decimal(row["price"]),
      at: (row["at"] as Date).toISOString(),
    },
    account: String(row["account"]),
    strategy: String(row["strategy"]),
    rulesVersion: Number(row["rules_version"]),
    decision: row["decision"] === "copy" ? "copy" : "skip",
    reason: text(row["reason"]),
    wanted: decimal(row["wanted"]),
    volume: decimal(row["decided"]) ?? "0",
    steps: row["steps"] as Step[],
    origins: originsOf(
      layersOf((row["stored"] ?? NO_RULES) as StoredRules, String(row["strategy"])),
    ),
    instructions,
  };
}

function instructionOf(row: Row): ExplainedInstruction {
  const answered = row["answer_ms"];
  return {
    key: String(row["key"]),
    part: Number(row["part"]),
    attempt: Number(row["attempt"]),
    kind: String(row["kind"]),
    volume: decimal(row["volume"]),
    state: String(row["state"]),
    code: text(row["code"]),
    filled: decimal(row["filled"]) ?? "0",
    price: decimal(row["price"]),
    millisecondsToAnswer: typeof answered === "number" ? Math.round(answered) : null,
  };
}
