/**
 * The oracle's own broker: accounts in plain integer arithmetic, written from the words of the
 * replay's description and sharing no code with the simulator. Hedging accounts, no commission.
 * Everything is exact until the one rounding half-even to the cent.
 */
import { divideHalfEven, type Fixed, maxFixed, ONE } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";

const CENT = 1_000_000n;
const CONTRACTS: Readonly<Record<string, bigint>> = { XAUUSD: 100n };
const CONTRACT_OF_A_PAIR = 100_000n;

export type Fraction = { readonly n: bigint; readonly d: bigint };

export type OracleQuote = {
  readonly bid: Fixed;
  readonly ask: Fixed;
  readonly bidNumber: number;
  readonly askNumber: number;
};

export function oracleQuote(bidUnits: number, askUnits: number): OracleQuote {
  const [bid, ask] = [BigInt(bidUnits), BigInt(askUnits)];
  return { bid, ask, bidNumber: bidUnits / 1e8, askNumber: askUnits / 1e8 };
}

/** Quotes by the master's names, and what they make of one currency in another. */
export class OracleMarket {
  readonly quotes = new Map<string, OracleQuote>();
  private readonly rates = new Map<string, Fraction | null>();
  private readonly rateNumbers = new Map<string, number>();

  set(symbol: string, quote: OracleQuote): void {
    this.quotes.set(symbol, quote);
    this.rates.clear();
    this.rateNumbers.clear();
  }

  quote(symbol: string): OracleQuote {
    const quote = this.quotes.get(symbol);
    if (quote === undefined) throw new RangeError(`${symbol} is not quoted yet`);
    return quote;
  }

  /** Buys open at the ask and close at the bid, sells the other way. */
  price(symbol: string, side: Side, leg: "open" | "close"): Fixed {
    const { bid, ask } = this.quote(symbol);
    return (side === "buy") === (leg === "open") ? ask : bid;
  }

  /** Units of `to` for one `from` at the mids: direct, inverse, through USD; else null. */
  rate(from: string, to: string): Fraction | null {
    let rate = this.rates.get(from + to);
    if (rate === undefined) {
      rate = this.findRate(from, to);
      this.rates.set(from + to, rate);
    }
    return rate;
  }

  /** From the symbol's profit currency, in doubles: for guesses only. */
  rateNumber(symbol: string, to: string): number {
    if (symbol.endsWith(to)) return 1;
    let number = this.rateNumbers.get(to);
    if (number === undefined || !symbol.endsWith("USD")) {
      const rate = this.rate(symbol.slice(3), to);
      number = rate === null ? Number.NaN : Number(rate.n) / Number(rate.d);
      if (symbol.endsWith("USD")) this.rateNumbers.set(to, number);
    }
    return number;
  }

  private findRate(from: string, to: string): Fraction | null {
    if (from === to) return { n: 1n, d: 1n };
    const direct = this.quotes.get(from + to);
    if (direct !== undefined) return { n: direct.bid + direct.ask, d: 2n * ONE };
    const inverse = this.quotes.get(to + from);
    if (inverse !== undefined) return { n: 2n * ONE, d: inverse.bid + inverse.ask };
    if (from === "USD" || to === "USD") return null;
    const first = this.rate(from, "USD");
    const second = this.rate("USD", to);
    if (first === null || second === null) return null;
    return { n: first.n * second.n, d: first.d * second.d };
  }
}

export type OraclePosition = {
  /** The master's position that it is or copies. */
  readonly copies: string;
  readonly symbol: string;
  readonly side: Side;
  readonly openPrice: Fixed;
  volume: Fixed;
  stopLoss: Fixed | null;
  takeProfit: Fixed | null;
};

/** With doubles beside it that only serve to skip work: units of the base and opening price. */
type Held = OraclePosition & { readonly openNumber: number; units: number };

export type Ended = { readonly position: OraclePosition; readonly price: Fixed };

export class OracleAccount {
  /** Oldest first. */
  positions: Held[] = [];
  deals = 0;
  /** Positions that were closed for want of margin. */
  stopOuts = 0;
  profit: Fixed = 0n;
  readonly name: string;
  readonly currency: string;
  private readonly market: OracleMarket;
  private readonly deposit: Fixed;
  private readonly leverage: Fixed;

  constructor(
    terms: {
      readonly name: string;
      readonly currency: string;
      readonly balance: Fixed;
      readonly leverage: Fixed;
    },
    market: OracleMarket,
  ) {
    this.name = terms.name;
    this.currency = terms.currency;
    this.deposit = terms.balance;
    this.leverage = terms.leverage;
    this.market = market;
  }

  get balance(): Fixed {
    return this.deposit + this.profit;
  }

  get equity(): Fixed {
    return this.positions.reduce((sum, own) => sum + this.floating(own), this.balance);
  }

  /** The larger side of each symbol pays. */
  get margin(): Fixed {
    const symbols = new Set(this.positions.map(({ symbol }) => symbol));
    return [...symbols].reduce((sum, symbol) => sum + this.marginOf(symbol), 0n);
  }

  holdings(copies: string): Held[] {
    return this.positions.filter((own) => own.copies === copies);
  }

  /** The opening price, or null where the free margin would not suffice. */
  open(asked: Omit<OraclePosition, "openPrice">): Fixed | null {
    const price = this.market.price(asked.symbol, asked.side, "open");
    const openNumber = Number(price) / 1e8;
    const units = unitsOf(asked.symbol, asked.volume);
    this.positions.push({ ...asked, openPrice: price, openNumber, units });
    if (this.equity < this.margin) {
      this.positions.pop();
      return null;
    }
    this.deals += 1;
    return price;
  }

  close(position: Held, volume: Fixed): Ended {
    const price = this.market.price(position.symbol, position.side, "close");
    this.profit += this.profitOf(position, volume, price);
    this.deals += 1;
    position.volume -= volume;
    position.units = unitsOf(position.symbol, position.volume);
    this.positions = this.positions.filter((own) => own.volume > 0n);
    return { position, price };
  }

  /** Under 50 % of the margin the position with the largest loss goes, one after the other. */
  stopOut(): Ended[] {
    const ended: Ended[] = [];
    while (!this.isClearlySafe() && 2n * this.equity < this.margin) {
      const [first, ...others] = this.positions;
      if (first === undefined) break;
      const worst = others.reduce(
        (least, own) => (this.floating(own) < this.floating(least) ? own : least),
        first,
      );
      ended.push(this.close(worst, worst.volume));
      this.stopOuts += 1;
    }
    return ended;
  }

  touchStops(symbol: string): Ended[] {
    if (this.positions.length === 0) return [];
    const isTouched = (own: Held): boolean => own.symbol === symbol && this.isTouched(own);
    if (!this.positions.some(isTouched)) return [];
    const touched = this.positions.filter(isTouched);
    return touched.map((own) => this.close(own, own.volume));
  }

  private isTouched({ symbol, side, stopLoss, takeProfit }: OraclePosition): boolean {
    if (stopLoss === null && takeProfit === null) return false;
    const price = this.market.price(symbol, side, "close");
    const [low, high] = side === "buy" ? [stopLoss, takeProfit] : [takeProfit, stopLoss];
    return (low !== null && price <= low) || (high !== null && price >= high);
  }

  private floating(own: OraclePosition): Fixed {
    return this.profitOf(own, own.volume, this.market.price(own.symbol, own.side, "close"));
  }

  private profitOf(own: OraclePosition, volume: Fixed, price: Fixed): Fixed {
    const move = own.side === "buy" ? price - own.openPrice : own.openPrice - price;
    const rate = this.rateOf(own.symbol);
    return toCents(move * volume * contractOf(own.symbol) * rate.n, ONE * rate.d);
  }

  private marginOf(symbol: string): Fixed {
    const cost = (side: Side): bigint =>
      this.positions
        .filter((own) => own.symbol === symbol && own.side === side)
        .reduce((sum, own) => sum + own.volume * own.openPrice, 0n);
    const rate = this.rateOf(symbol);
    const larger = maxFixed(cost("buy"), cost("sell"));
    return toCents(larger * contractOf(symbol) * rate.n, this.leverage * rate.d);
  }

  private rateOf(symbol: string): Fraction {
    const rate = this.market.rate(symbol.slice(3), this.currency);
    if (rate === null) throw new RangeError(`no rate from ${symbol} to ${this.currency}`);
    return rate;
  }

  /** A guess in doubles with much slack, so that a day of ticks takes seconds and not hours. */
  private isClearlySafe(): boolean {
    let equity = Number(this.balance) / 1e8;
    let cost = 0;
    for (const own of this.positions) {
      const { bidNumber, askNumber } = this.market.quote(own.symbol);
      const rate = this.market.rateNumber(own.symbol, this.currency);
      const { side, units, openNumber } = own;
      const move = side === "buy" ? bidNumber - openNumber : openNumber - askNumber;
      equity += move * units * rate;
      cost += openNumber * units * rate;
    }
    return equity > 1 + 0.51 * (cost / (Number(this.leverage) / 1e8));
  }
}

export function contractOf(symbol: string): bigint {
  return CONTRACTS[symbol] ?? CONTRACT_OF_A_PAIR;
}

function unitsOf(symbol: string, volume: Fixed): number {
  return (Number(volume) / 1e8) * Number(contractOf(symbol));
}

/** n / d, rounded half-even to the cent. */
function toCents(n: bigint, d: bigint): Fixed {
  return divideHalfEven(n, d * CENT) * CENT;
}
