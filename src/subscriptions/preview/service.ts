/**
 * A look at what following would mean before anything begins: the rules as they would come to hold,
 * with the layers of the strategy and the account, and the master's last signals played through
 * them. It reads; nothing is written and nothing is sent.
 * Invariant: who may not see the master is shown only positions that have ended, so that a look is
 * no way to follow for nothing.
 */

import { LockstepError } from "../../domain/errors.ts";
import { parseFixed } from "../../domain/fixed.ts";
import { type EffectiveRules, mergeLayers } from "../../follower/rules/layers.ts";
import { layersOf, type StoredLayer } from "../../follower/rules/stored.ts";
import type { MappedSymbol } from "../../follower/rules/symbol-map.ts";
import { mayReach, type Principal } from "../../identity/principal.ts";
import type { Signal } from "../../master/signal.ts";
import { type SignalRow, signalOf } from "../../master/signal-row.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import { type Preview, type PreviewAccount, replay } from "./replay.ts";

/** So many of the master's last signals are looked at. */
export const SIGNALS_MAX = 500;

export type PreviewRequest = {
  readonly strategy: string;
  readonly account: string;
  /** The subscription's own layer, as JSON. */
  readonly rules: object;
};

export type PreviewDeps = {
  readonly sql: Sql;
  /** The account as this process knows it now; null where its broker has not been seen. */
  account(id: string): PreviewAccount | null;
};

export type FollowPreview = EffectiveRules & {
  /** null: the account's broker has not been seen, so that nothing can be reckoned. */
  readonly preview: Preview | null;
  /** Only positions that have ended were looked at. */
  readonly endedOnly: boolean;
};

/** NOT_FOUND, or BAD_RULES with the faults of all layers. */
export async function previewFollow(
  { sql, account }: PreviewDeps,
  by: Principal,
  request: PreviewRequest,
): Promise<FollowPreview> {
  const read = await inTenant(sql, by.tenantId, (tx) => readFacts(tx, by, request));
  const layers = layersOf({ rules: request.rules, layers: read.layers }, read.name);
  const merged = mergeLayers(layers);
  const known = account(request.account);
  const endedOnly = !mayReach(by, read.masterId);
  const signals = endedOnly ? ended(read.signals) : read.signals;
  const preview =
    known === null || known.figures === null
      ? null
      : replay({
          ...{ strategyId: request.strategy, account: known, rules: merged.rules, signals },
          mapped: (symbol) => read.mappings.get(symbol),
        });
  return { ...merged, preview, endedOnly };
}

/** A master's position is another one after it was closed, also under the same name. */
function ended(signals: readonly Signal[]): readonly Signal[] {
  const lastClose = new Map<string, number>();
  for (const { kind, position, sequence } of signals) {
    if (kind === "close") lastClose.set(position, sequence);
  }
  return signals.filter(({ position, sequence }) => sequence <= (lastClose.get(position) ?? 0));
}

type Facts = {
  readonly name: string;
  readonly masterId: string;
  readonly layers: readonly StoredLayer[];
  readonly mappings: ReadonlyMap<string, MappedSymbol>;
  readonly signals: readonly Signal[];
};

async function readFacts(tx: Queries, by: Principal, request: PreviewRequest): Promise<Facts> {
  const { strategy, account } = request;
  const [found] = await tx<{ name: string; master_id: string; from: string; to: string }[]>`
    select t.name, t.master_id, m.broker_id as from, a.broker_id as to
    from strategies t join accounts m on m.account_id = t.master_id, accounts a
    where t.strategy_id::text = ${strategy} and a.account_id::text = ${account}`;
  if (found === undefined || !mayReach(by, account)) {
    throw new LockstepError("NOT_FOUND", { what: "strategy or account" });
  }
  const rows = await tx<SignalRow[]>`
    select * from signals where master_id = ${found.master_id}
      and kind not in ('place', 'change', 'cancel')
    order by sequence desc limit ${SIGNALS_MAX}`;
  return {
    ...{ name: found.name, masterId: found.master_id },
    layers: await layersFor(tx, request),
    mappings: await mappingsOf(tx, found),
    signals: rows.map(signalOf).reverse(),
  };
}

/** What the ledger will put into the first version of the rules. */
function layersFor(tx: Queries, { strategy, account }: PreviewRequest) {
  return tx<StoredLayer[]>`
    select * from (
      select distinct on (r.kind) r.kind, r.version, r.rules, coalesce(t.name, a.name) as name
      from rule_layers r
        left join strategies t on r.kind = 'strategy' and t.strategy_id = r.scope_id
        left join accounts a on r.kind = 'follower account' and a.account_id = r.scope_id
      where (r.kind = 'strategy' and r.scope_id = ${strategy})
        or (r.kind = 'follower account' and r.scope_id = ${account})
      order by r.kind, r.version desc) newest where rules <> '{}'`;
}

async function mappingsOf(tx: Queries, brokers: { readonly from: string; readonly to: string }) {
  const rows = await tx<{ symbol: string; maps_to: string | null; price_factor: string }[]>`
    select distinct on (symbol) symbol, maps_to, price_factor from symbol_mappings
    where master_broker_id = ${brokers.from} and follower_broker_id = ${brokers.to}
    order by symbol, number desc`;
  return new Map(
    rows.flatMap(({ symbol, maps_to: name, price_factor: factor }): [string, MappedSymbol][] =>
      name === null ? [] : [[symbol, { name, priceFactor: parseFixed(factor) }]],
    ),
  );
}
