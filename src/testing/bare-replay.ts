/**
 * The simulator and the deciders joined by hand: no ledger, no lanes, no time. It shows whether
 * the two that decide every number of a replay agree with the oracle, in a second and without
 * services; what the pipeline between them adds is the real replay's test.
 */
import { type Fixed, ONE } from "../domain/fixed.ts";
import type { Instant } from "../domain/instant.ts";
import { type Ratio, ratio } from "../domain/ratio.ts";
import type { Position } from "../domain/trade.ts";
import { decide } from "../follower/decide.ts";
import type { CopiedPosition, Decision, FollowerState } from "../follower/decision.ts";
import type { AccountEvent } from "../gateway/gateway.ts";
import { BrokerMarket } from "../gateway/market.ts";
import { SimulatedBroker } from "../gateway/simulator/broker.ts";
import { noBrokerLog } from "../gateway/simulator/broker-log.ts";
import type { OrderRequest } from "../gateway/simulator/model.ts";
import { DEFAULT_VARIANT, symbolsOf } from "../gateway/simulator/symbols.ts";
import { mergeTicks } from "../gateway/simulator/tick-cursor.ts";
import type { Signal, SignalKind } from "../master/signal.ts";
import { type FollowerSetup, MASTER_NAME } from "../replay/followers.ts";
import type { AccountRow, OutcomeRow } from "../replay/outputs.ts";
import type { ScriptRow } from "../replay/script.ts";
import type { OracleInput } from "./replay-oracle.ts";

const MARKS = { magic: 0, comment: "" };

type Site = { readonly broker: SimulatedBroker; readonly market: BrokerMarket };
type Copy = { readonly ids: string[]; target: Ratio; readonly masterPrice: Fixed | null };
type Copier = {
  readonly setup: FollowerSetup;
  readonly site: Site;
  readonly copies: Map<string, Copy>;
};

export type BareAnswer = {
  readonly outcomes: readonly OutcomeRow[];
  readonly master: AccountRow;
  readonly followers: readonly AccountRow[];
};

export function bareReplay(input: OracleInput): BareAnswer {
  return new BareReplay(input).run();
}

class BareReplay {
  private now: Instant = 0;
  private readonly outcomes: OutcomeRow[] = [];
  private readonly sites = new Map<string, Site>();
  private readonly copiers: readonly Copier[];
  private readonly home: Site;
  /** The master's positions by the broker's id. */
  private readonly names = new Map<string, { readonly name: string; standing: Position }>();
  private readonly heard: AccountEvent[] = [];
  private opening = "";
  private sequence = 0;
  private readonly input: OracleInput;

  constructor(input: OracleInput) {
    this.input = input;
    this.home = this.site("");
    const credit = 0n;
    this.home.broker.openAccount({ ...input.accounts.master, login: MASTER_NAME, credit });
    this.home.broker.subscribe((event) => {
      if (event.type === "event" && event.login === MASTER_NAME) this.heard.push(event.event);
    });
    this.copiers = input.accounts.followers.map((setup) => {
      const site = this.site(setup.symbolSuffix);
      site.broker.openAccount({ ...setup, login: setup.name, credit });
      return { setup, site, copies: new Map() };
    });
  }

  run(): BareAnswer {
    const { script, series } = this.input;
    let row = 0;
    const runUntil = (before: Instant): void => {
      for (let next = script[row]; next !== undefined && next.at < before; next = script[row]) {
        this.carryOut(next);
        row += 1;
      }
    };
    for (const group of mergeTicks(series)) {
      runUntil(group.at);
      this.now = group.at;
      for (const [suffix, { broker, market }] of this.sites) {
        const quotes = Array.from({ length: group.count }, (_, index) => ({
          symbol: group.symbol(index) + suffix,
          bid: group.bid(index),
          ask: group.ask(index),
          at: group.at,
        }));
        for (const quote of quotes) market.setQuote(quote);
        broker.applyQuotes(quotes, group.at);
      }
      this.drain();
    }
    runUntil(Number.POSITIVE_INFINITY);
    return {
      outcomes: this.outcomes,
      master: accountRow(this.home, MASTER_NAME),
      followers: this.copiers.map(({ site, setup }) => accountRow(site, setup.name)),
    };
  }

  private site(suffix: string): Site {
    const known = this.sites.get(suffix);
    if (known !== undefined) return known;
    const names = suffix === "" ? ("plain" as const) : { suffix };
    const bases = this.input.series.map(({ symbol }) => symbol);
    const symbols = symbolsOf(bases, { ...DEFAULT_VARIANT, names });
    const clock = { now: () => this.now };
    const broker = new SimulatedBroker({ brokerId: suffix, symbols, clock, log: noBrokerLog });
    const market = new BrokerMarket();
    market.setSpecs(symbols);
    this.sites.set(suffix, { broker, market });
    return { broker, market };
  }

  private carryOut(row: ScriptRow): void {
    this.now = row.at;
    this.opening = row.position;
    const own = [...this.names].find(([, { name }]) => name === row.position);
    const standing = own?.[1].standing;
    const pick = (change: Fixed | null | "unchanged", old: Fixed | null | undefined) =>
      change === "unchanged" ? (old ?? null) : change;
    const isPriced = row.action === "open" || row.action === "protect";
    const order: OrderRequest = {
      ...MARKS,
      kind: row.action === "reduce" ? "close" : row.action,
      symbol: row.symbol,
      side: row.side,
      volume: row.action === "open" || row.action === "reduce" ? row.volume : null,
      positionId: row.action === "open" ? null : (own?.[0] ?? null),
      stopLoss: isPriced ? pick(row.stopLoss, standing?.stopLoss) : null,
      takeProfit: isPriced ? pick(row.takeProfit, standing?.takeProfit) : null,
    };
    const outcome = this.home.broker.trade(MASTER_NAME, order);
    if (outcome.status !== "done") throw new RangeError(`line ${row.line}: ${outcome.code}`);
    this.drain();
  }

  private drain(): void {
    for (const event of this.heard.splice(0)) {
      const signal = this.signalOf(event);
      for (const copier of this.copiers) this.answer(signal, copier);
    }
  }

  private signalOf(event: AccountEvent): Signal {
    const deal = event.type === "deal" ? event.deal : null;
    const { position } = event;
    const id = position?.id ?? deal?.positionId ?? "";
    const known = this.names.get(id);
    const standing = position ?? known?.standing;
    if (standing === undefined) throw new RangeError(`a deal of an unknown position ${id}`);
    const kind = kindOf(deal === null, known !== undefined, position !== null);
    const before = known?.standing.volume ?? 0n;
    const name = known?.name ?? this.opening;
    this.names.set(id, { name, standing });
    this.sequence += 1;
    const spec = this.home.market.spec(standing.symbol);
    return {
      ...{ tenantId: "t", id: `${this.sequence}`, masterId: "m", sourceKey: id },
      ...{ sequence: this.sequence, kind, position: name, symbol: standing.symbol },
      ...{ side: standing.side, volume: deal?.volume ?? 0n, before },
      ...{ after: position?.volume ?? 0n, price: deal?.price ?? null },
      ...{ stopLoss: standing.stopLoss, takeProfit: standing.takeProfit, ...MARKS },
      ...{ contractSize: spec?.contractSize ?? 0n, digits: spec?.digits ?? 0 },
      ...{ figures: event.before, existing: false },
      ...{ at: this.now, receivedAt: this.now, ageAtReceiptMs: 0 },
    };
  }

  private answer(signal: Signal, copier: Copier): void {
    const { setup, site, copies } = copier;
    const market = {
      now: this.now,
      spec: (symbol: string) => site.market.spec(symbol),
      quote: (symbol: string) => site.market.quote(symbol),
      rate: (from: string, to: string) => site.market.rate(from, to),
    };
    const decision = decide(signal, stateOf(signal, copier), market);
    const sent = this.send(signal, decision, copier);
    const copy = copies.get(signal.position);
    if (copy !== undefined && decision.target !== null) copy.target = decision.target;
    const isWhole = sent.filled === decision.volume && sent.code === null;
    const outcome = isWhole ? "done" : sent.filled > 0n ? "partial" : "rejected";
    const code = outcome === "rejected" ? sent.code : null;
    if (signal.kind === "increase") throw new RangeError("a hedging master increases nothing");
    this.outcomes.push({
      ...{ signal: signal.sequence, at: signal.at, kind: signal.kind, position: signal.position },
      ...{ symbol: signal.symbol, follower: setup.name, decision: decision.decision },
      ...{ reason: decision.reason ?? code, wanted: decision.wanted },
      ...{ sent: decision.volume, filled: sent.filled, price: sent.price },
      masterPrice: signal.price,
      outcome: decision.decision === "skip" ? null : outcome,
    });
  }

  private send(signal: Signal, decision: Decision, { setup, site, copies }: Copier) {
    const ids: string[] = [];
    let filled = 0n;
    let price: Fixed | null = null;
    let code: OutcomeRow["reason"] = null;
    for (const plan of decision.plans) {
      const done = site.broker.trade(setup.name, { ...MARKS, ...plan });
      filled += done.filled;
      code ??= done.code;
      price = done.price ?? price;
      if (plan.kind === "open" && done.positionId !== null) ids.push(done.positionId);
      if (plan.kind === "protect") price = null;
    }
    if (ids.length > 0) {
      const target = ratio(filled, ONE);
      copies.set(signal.position, { ids, target, masterPrice: signal.price });
    }
    return { filled, price, code };
  }
}

function kindOf(isProtection: boolean, isKnown: boolean, isOpen: boolean): SignalKind {
  if (isProtection) return "protect";
  if (!isOpen) return "close";
  return isKnown ? "reduce" : "open";
}

function stateOf(signal: Signal, copier: Copier): FollowerState {
  const { setup, site, copies } = copier;
  const { name, rules, currency, positionMode, symbolSuffix } = setup;
  const { figures, positions } = site.broker.snapshot(name);
  const account = { tenantId: "t", accountId: name, brokerId: symbolSuffix, login: name };
  const suffix = rules.symbolMap.suffix || symbolSuffix;
  return {
    ...{ subscriptionId: name, account, currency, positionMode, online: true, armed: true },
    ...{ killed: false, mode: "active" as const, rulesVersion: 1, figures },
    rules: { ...rules, symbolMap: { ...rules.symbolMap, suffix } },
    copied: copiedOf(signal.position, copies.get(signal.position), positions),
  };
}

function copiedOf(
  position: string,
  copy: Copy | undefined,
  positions: readonly Position[],
): CopiedPosition | null {
  if (copy === undefined) return null;
  const held = positions.filter(({ id }) => copy.ids.includes(id));
  const [first] = held;
  return {
    ...{ subscriptionId: "", position, symbol: first?.symbol ?? "", side: first?.side ?? "buy" },
    ...{ state: first === undefined ? "stopped-out" : "open", target: copy.target },
    holdings: held.map(({ id, volume }) => ({ positionId: id, volume })),
    ...{ stopLoss: first?.stopLoss ?? null, takeProfit: first?.takeProfit ?? null },
    ...{ openPrice: first?.openPrice ?? null, masterOpenPrice: copy.masterPrice },
  };
}

function accountRow({ broker }: Site, login: string): AccountRow {
  const { figures, positions } = broker.snapshot(login);
  const deals = broker.deals(login, 0, Number.MAX_SAFE_INTEGER);
  return {
    account: login,
    balance: figures.balance,
    equity: figures.equity,
    openPositions: positions.length,
    deals: deals.length,
    profit: deals.reduce(
      (sum, { profit, commission, swap }) => sum + profit + commission + swap,
      0n,
    ),
  };
}
