/**
 * Symbol lists of ten made-up brokers, each with the habits of real ones: suffixes, slashes, other
 * names for metals, oils and indices, other contract sizes, and traps (futures, shares that are
 * called like a metal, crypto against dollars and against dollar coins). `truth` says what a symbol
 * is; two are the same thing exactly if their truths are equal.
 */
import { fixedFromNumber, parseFixed } from "../domain/fixed.ts";
import type { SymbolFacts } from "../symbols/facts.ts";

export type TrueSymbol = SymbolFacts & { readonly truth: string };

/** base, profit currency, contract size, digits, price. */
type Kind = readonly [base: string, profit: string, contract: string, digits: number, mid: number];

const FOREX: Readonly<Record<string, number>> = {
  EURUSD: 1.0842,
  GBPUSD: 1.2913,
  USDJPY: 148.62,
  USDCHF: 0.8835,
  AUDUSD: 0.6302,
  USDCAD: 1.4388,
  NZDUSD: 0.5721,
  EURGBP: 0.8396,
  EURJPY: 161.13,
  GBPJPY: 191.91,
  USDTRY: 36.61,
  USDMXN: 20.27,
  EURNOK: 11.56,
  USDCNH: 7.243,
};

const OTHERS: Readonly<Record<string, Kind>> = {
  XAUUSD: ["XAU", "USD", "100", 2, 2984.6],
  XAUEUR: ["XAU", "EUR", "100", 2, 2752.8],
  XAGUSD: ["XAG", "USD", "5000", 3, 33.78],
  XPTUSD: ["XPT", "USD", "100", 2, 996.4],
  WTI: ["USD", "USD", "1000", 2, 67.18],
  BRENT: ["USD", "USD", "1000", 2, 70.58],
  NATGAS: ["USD", "USD", "10000", 3, 4.104],
  US30: ["USD", "USD", "1", 1, 41_488],
  US500: ["USD", "USD", "1", 1, 5_638.9],
  US100: ["USD", "USD", "1", 1, 19_704],
  DE40: ["EUR", "EUR", "1", 1, 22_986],
  UK100: ["GBP", "GBP", "1", 1, 8_632],
  JP225: ["JPY", "JPY", "1", 0, 37_053],
  BTCUSD: ["BTC", "USD", "1", 2, 84_010],
  ETHUSD: ["ETH", "USD", "1", 2, 1_911.4],
  AAPL: ["USD", "USD", "1", 2, 213.49],
  TSLA: ["USD", "USD", "1", 2, 249.98],
  // What looks like one of these and is not.
  BARRICK: ["USD", "USD", "1", 2, 19.12],
  "XAUUSD-JUN": ["XAU", "USD", "100", 2, 3_011.3],
  "US500-JUN": ["USD", "USD", "1", 1, 5_690.2],
  "US500-UNDATED-FUTURE": ["USD", "USD", "1", 1, 5_661.4],
  "WTI-MAY": ["USD", "USD", "1000", 2, 66.6],
  BTCUSDT: ["BTC", "USDT", "1", 2, 84_052],
  BTCPERP: ["BTC", "USD", "1", 2, 84_020],
  DE30: ["EUR", "EUR", "1", 1, 22_990],
  BOEING: ["USD", "USD", "1", 2, 161.81],
  BAE: ["GBP", "GBP", "1", 2, 1_571],
  "EURUSD-JUN": ["EUR", "USD", "100000", 5, 1.0888],
  "GOLD-GRAMS": ["XAU", "USD", "1000", 3, 95.96],
  "EURUSD-WEEKEND": ["EUR", "USD", "100000", 5, 1.0851],
};

/** "NAME" or "NAME=truth"; then "contract:10" and "price:0.01" where they are not the usual. */
const BROKERS: Readonly<Record<string, string>> = {
  plain: `EURUSD GBPUSD USDJPY USDCHF AUDUSD USDCAD NZDUSD EURGBP EURJPY GBPJPY USDTRY USDMXN EURNOK
    USDCNH XAUUSD XAUEUR XAGUSD XPTUSD USOIL=WTI UKOIL=BRENT NATGAS US30 US500 US100 DE40 UK100
    JP225 BTCUSD ETHUSD AAPL TSLA`,
  vip: `EURUSD.vip=EURUSD GBPUSD.vip=GBPUSD USDJPY.vip=USDJPY USDCHF.vip=USDCHF AUDUSD.vip=AUDUSD
    USDCAD.vip=USDCAD NZDUSD.vip=NZDUSD EURGBP.vip=EURGBP EURJPY.vip=EURJPY GBPJPY.vip=GBPJPY
    USDTRY.vip=USDTRY GOLD.vip=XAUUSD,contract:10 SILVER.vip=XAGUSD,contract:1000 WTI.vip=WTI
    BRENT.vip=BRENT DJ30.vip=US30 SPX500.vip=US500 NAS100.vip=US100 GER40.vip=DE40 UK100.vip=UK100
    BTCUSD.vip=BTCUSD`,
  cent: `EURUSDc=EURUSD,contract:1000 GBPUSDc=GBPUSD,contract:1000 USDJPYc=USDJPY,contract:1000
    USDCHFc=USDCHF,contract:1000 USDCADc=USDCAD,contract:1000 EURJPYc=EURJPY,contract:1000
    XAUUSDc=XAUUSD,contract:1 XAGUSDc=XAGUSD,contract:50 BTCUSDc=BTCUSD,contract:0.01
    USTECc=US100 US30c=US30 EURUSD_FUT=EURUSD-JUN`,
  slash: `EUR/USD=EURUSD GBP/USD=GBPUSD USD/JPY=USDJPY USD/CHF=USDCHF AUD/USD=AUDUSD USD/CAD=USDCAD
    NZD/USD=NZDUSD EUR/GBP=EURGBP EUR/JPY=EURJPY GBP/JPY=GBPJPY USD/TRY=USDTRY USD/MXN=USDMXN
    EUR/NOK=EURNOK XAU/USD=XAUUSD XAU/EUR=XAUEUR XAG/USD=XAGUSD BTC/USD=BTCUSD ETH/USD=ETHUSD
    WTI BRENT US30 SPX500=US500 NAS100=US100 GER40=DE40 JPN225=JP225,price:0.01`,
  hash: `EURUSD GBPUSD USDJPY USDCHF USDCAD NZDUSD #XAUUSD=XAUUSD #XAGUSD=XAGUSD #XPTUSD=XPTUSD
    #USOIL=WTI #UKOIL=BRENT #US30=US30 #US500=US500 #NAS100=US100 #AAPL=AAPL #TSLA=TSLA
    GOLD=BARRICK #BTCUSD=BTCUSD XAUUSDg=GOLD-GRAMS XAUUSD.rub=GOLD-GRAMS
    XAUUSDraw=GOLD-GRAMS,contract:31.1034768`,
  ecn: `EURUSD-ECN=EURUSD GBPUSD-ECN=GBPUSD USDJPY-ECN=USDJPY USDCHF-ECN=USDCHF AUDUSD-ECN=AUDUSD
    USDCAD-ECN=USDCAD EURGBP-ECN=EURGBP EURJPY-ECN=EURJPY USDCNH-ECN=USDCNH XAUUSD-ECN=XAUUSD
    XAUUSD-JUN25=XAUUSD-JUN XTIUSD-ECN=WTI XBRUSD-ECN=BRENT US500-ECN=US500 US500-M25=US500-JUN
    USTEC-ECN=US100 DE40-ECN=DE40 BTCUSDT=BTCUSDT BTCUSD-PERP=BTCPERP ETHUSD-ECN=ETHUSD`,
  capitals: `EURUSDPRO=EURUSD GBPUSDPRO=GBPUSD USDJPYPRO=USDJPY USDCHFPRO=USDCHF AUDUSDPRO=AUDUSD
    USDCADPRO=USDCAD NZDUSDPRO=NZDUSD EURGBPPRO=EURGBP XAUUSDPRO=XAUUSD XAGUSDPRO=XAGUSD
    EURUSDWKND=EURUSD-WEEKEND`,
  underscore: `EURUSD_i=EURUSD GBPUSD_i=GBPUSD USDJPY_i=USDJPY USDCHF_i=USDCHF AUDUSD_i=AUDUSD
    USDCAD_i=USDCAD USDMXN_i=USDMXN EURNOK_i=EURNOK GOLD_i=XAUUSD SILVER_i=XAGUSD CrudeOIL=WTI
    WTI_K5=WTI-MAY GER30=DE30 US500=US500-UNDATED-FUTURE FTSE100=UK100 BTCUSD_i=BTCUSD`,
  shares: `AAPL.US=AAPL TSLA.US=TSLA BA.US=BOEING EURUSD.r=EURUSD GBPUSD.r=GBPUSD USDJPY.r=USDJPY
    USDCHF.r=USDCHF EURUSD.s=EURUSD XAUUSD.r=XAUUSD US500.cash=US500 US100.cash=US100
    US30.cash=US30 GER40.cash=DE40 UK100.cash=UK100 JP225.cash=JP225 USOIL.cash=WTI UKOIL.cash=BRENT`,
  london: `BA.L=BAE mEURUSD=EURUSD,contract:10000 mGBPUSD=GBPUSD,contract:10000
    mUSDJPY=USDJPY,contract:10000 mUSDCAD=USDCAD,contract:10000 mXAUUSD=XAUUSD,contract:10
    XAUUSD=XAUUSD SpotGold=XAUUSD US500.f=US500-JUN DAX40=DE40 NGAS=NATGAS AAPL.OQ=AAPL`,
};

/** The lists by broker; with `quotes`, prices that differ by a few hundredths of a percent. */
export function brokerLists(quotes: boolean): ReadonlyMap<string, readonly TrueSymbol[]> {
  return new Map(
    Object.entries(BROKERS).map(([broker, text], place) => {
      const rows = text.trim().split(/\s+/);
      return [broker, rows.map((row, index) => symbolOf(row, quotes ? place * 7 + index : null))];
    }),
  );
}

function symbolOf(row: string, seed: number | null): TrueSymbol {
  const [names = "", ...options] = row.split(",");
  const [name = "", truth = name] = names.split("=");
  const option = new Map(options.map((one) => one.split(":") as [string, string]));
  const [baseCurrency, profitCurrency, contract, digits, price] = kindOf(truth);
  const noise = seed === null ? 0 : ((seed * 37) % 7) - 3;
  const mid = price * Number(option.get("price") ?? "1") * (1 + noise * 1e-4);
  return {
    name,
    truth,
    baseCurrency,
    profitCurrency,
    contractSize: parseFixed(option.get("contract") ?? contract),
    digits,
    tradeMode: "full",
    mid: seed === null ? null : fixedFromNumber(Number(mid.toFixed(6))),
  };
}

function kindOf(truth: string): Kind {
  const other = OTHERS[truth];
  if (other !== undefined) return other;
  const price = FOREX[truth];
  if (price === undefined) throw new Error(`no facts of ${truth}`);
  const [base, profit] = [truth.slice(0, 3), truth.slice(3)];
  return [base, profit, "100000", profit === "JPY" ? 3 : 5, price];
}
