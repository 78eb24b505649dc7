/**
 * Whether an account is far enough from a stop-out that its exact figures need not be computed.
 * Invariant: it may say "look" for nothing, but never "clear" for an account that is to be stopped
 * out: the slack covers every rounding to the cent and a billionth of all that is held.
 */
import type { Market } from "./market.ts";
import type { Markets } from "./markets.ts";
import type { OpenPosition } from "./model.ts";
import type { Rate } from "./rates.ts";

/** What an account holds of one symbol, summed in doubles: units, and units times open price. */
type Holding = {
  readonly market: Market;
  readonly rate: Rate;
  buyUnits: number;
  buyCost: number;
  sellUnits: number;
  sellCost: number;
};

const CENT_SLACK = 0.02;
const SHARE_SLACK = 1e-9;

export class Prefilter {
  readonly #holdings: readonly Holding[];
  readonly #funds: number;
  readonly #leverage: number;
  readonly #slack: number;

  constructor(
    account: { readonly currency: string; readonly leverage: number; readonly funds: number },
    positions: Iterable<OpenPosition>,
    markets: Markets,
  ) {
    const holdings = new Map<string, Holding>();
    let count = 1;
    for (const position of positions) {
      count += 1;
      addTo(holdings, position, { markets, currency: account.currency });
    }
    this.#holdings = [...holdings.values()];
    this.#funds = account.funds;
    this.#leverage = account.leverage;
    this.#slack = CENT_SLACK * count + SHARE_SLACK * Math.abs(account.funds);
  }

  /** True where equity is surely at least `level` times the margin. */
  isClear(level: number): boolean {
    let equity = this.#funds;
    let cost = 0;
    let gross = 0;
    for (const holding of this.#holdings) {
      const { market, buyCost, sellCost, buyUnits, sellUnits } = holding;
      const rate = holding.rate.value;
      const worth = buyUnits * market.bidNumber - sellUnits * market.askNumber;
      equity += (worth - buyCost + sellCost) * rate;
      cost += Math.max(buyCost, sellCost) * rate;
      gross += (buyCost + sellCost) * rate;
    }
    return equity - (cost / this.#leverage) * level > this.#slack + SHARE_SLACK * gross;
  }
}

function addTo(
  holdings: Map<string, Holding>,
  position: OpenPosition,
  to: { readonly markets: Markets; readonly currency: string },
): void {
  const market = to.markets.get(position.symbol);
  const holding = holdings.get(position.symbol) ?? {
    market,
    rate: to.markets.rate(market, to.currency),
    buyUnits: 0,
    buyCost: 0,
    sellUnits: 0,
    sellCost: 0,
  };
  const units = (Number(position.volume) / 1e8) * (Number(market.spec.contractSize) / 1e8);
  const cost = units * (Number(position.openPrice) / 1e8);
  if (position.side === "buy") {
    holding.buyUnits += units;
    holding.buyCost += cost;
  } else {
    holding.sellUnits += units;
    holding.sellCost += cost;
  }
  holdings.set(position.symbol, holding);
}
