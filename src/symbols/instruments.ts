/**
 * The names by which brokers call the same thing. A name in this table is a hint and no proof:
 * "USOIL" may be the spot or a future, "GOLD" may be a share, so that a name alone never makes a
 * suggestion certain.
 */

/** Codes that pairs are made of, as they are written in names, and what they stand for. */
const CODES: ReadonlyMap<string, string> = new Map([
  ...words(
    "USD EUR GBP JPY CHF AUD NZD CAD SEK NOK DKK PLN HUF CZK TRY ZAR MXN SGD HKD CNH CNY ILS THB RON RUB INR BRL KRW",
  ),
  ...words("XAU XAG XPT XPD XTI XBR XNG"),
  ...words("BTC ETH LTC XRP BCH ADA SOL DOT BNB USDT USDC"),
  ["GOLD", "XAU"],
  ["SILVER", "XAG"],
  ["XBT", "BTC"],
]);

/** Other names of an instrument, the first being the one by which it is known here. */
const ALIASES: readonly string[] = [
  "XAUUSD GOLD XAU GOLDSPOT",
  "XAGUSD SILVER XAG SILVERSPOT",
  "XPTUSD PLATINUM",
  "XPDUSD PALLADIUM",
  "XTIUSD WTI USOIL WTIUSD USCRUDE CRUDEOIL OILUSD CRUDOIL WTICASH OILCASH",
  "XBRUSD BRENT UKOIL BRENTUSD UKBRENT BRENTCASH",
  "XNGUSD NATGAS NGAS NATGASUSD NATURALGAS USNATGAS",
  "US30 DJ30 WS30 DOW30 DJI30 USA30 WALLSTREET30 DOWJONES30 US30CASH",
  "US500 SPX500 SP500 S&P500 USA500 US500CASH SPX500USD",
  "US100 NAS100 USTEC NDX100 USTECH100 USA100 NASDAQ100 US100CASH NAS100USD",
  "US2000 RUSSELL2000 RUS2000 USSMALLCAP2000 US2000CASH",
  "DE40 GER40 DAX40 GERMANY40 GER40CASH DE40CASH",
  "DE30 GER30 DAX30 GERMANY30 GER30CASH",
  "UK100 FTSE100 GB100 UK100CASH",
  "FR40 FRA40 CAC40 F40 FRANCE40 FRA40CASH",
  "EU50 EUSTX50 STOXX50 ESTX50 EURO50 ESX50 EU50CASH",
  "JP225 JPN225 NIKKEI225 NI225 JAP225 JP225CASH",
  "HK50 HKG50 HSI50 HK50CASH",
  "AU200 AUS200 ASX200 AUS200CASH",
  "ES35 ESP35 IBEX35 SPAIN35 SPA35",
  "CH20 SWI20 SUI20 SMI20",
  "CN50 CHINA50 CHINAA50 CHA50",
];

/** Indices that were extended: near in name and price, and not the same contract. */
const RELATED: ReadonlyMap<string, string> = new Map([
  ["DE30", "DE40"],
  ["DE40", "DE30"],
]);

const byAlias: ReadonlyMap<string, string> = new Map(
  ALIASES.flatMap((line) => {
    const [first = "", ...others] = line.split(" ");
    return [first, ...others].map((name): [string, string] => [name, first]);
  }),
);

/** The currency or metal of a code, or null. */
export function codeOf(text: string): string | null {
  return CODES.get(text.toUpperCase()) ?? null;
}

/** The instrument that a name without decoration is known for, or null. */
export function instrumentOf(name: string): string | null {
  return byAlias.get(name.toUpperCase()) ?? null;
}

export function relatedTo(instrument: string): string | null {
  return RELATED.get(instrument) ?? null;
}

function words(text: string): [string, string][] {
  return text.split(" ").map((word) => [word, word]);
}
