import fc from "fast-check";
import { expect, test } from "vitest";
import { accountTerms, fixed, ROUND_QUOTES, START_AT } from "../../testing/simulated-broker.ts";
import { Account } from "./account.ts";
import { Markets } from "./markets.ts";
import type { OpenPosition } from "./model.ts";
import { BASE_SYMBOLS, symbolsOf } from "./symbols.ts";

const position: fc.Arbitrary<OpenPosition> = fc
  .record({
    id: fc.constantFrom("1", "2", "3", "4"),
    symbol: fc.constantFrom(...BASE_SYMBOLS),
    side: fc.constantFrom("buy" as const, "sell" as const),
    steps: fc.integer({ min: 1, max: 500 }),
    openPrice: fc.bigInt({ min: 50_000_000n, max: 300_000_000_000n }),
    swap: fc.integer({ min: -5_000, max: 5_000 }).map((cents) => BigInt(cents) * fixed("0.01")),
  })
  .map(({ steps, ...facts }) => ({
    ...facts,
    volume: BigInt(steps) * fixed("0.01"),
    leg: 0,
    stopLoss: null,
    takeProfit: null,
    openedAt: START_AT,
    swapAt: null,
    key: null,
    magic: 0,
    comment: "",
  }));

function accountWith(currency: string, balance: bigint, held: readonly OpenPosition[]): Account {
  const markets = new Markets(symbolsOf(BASE_SYMBOLS));
  for (const quote of ROUND_QUOTES) markets.update(quote, START_AT);
  const account = new Account(accountTerms("one", { currency, balance }), markets);
  for (const each of held) account.hold(each);
  return account;
}

test("the free margin an order would leave is what the figures then say, to the last digit", () => {
  const currency = fc.constantFrom("USD", "EUR", "JPY", "GBP");
  const booked = fc.bigInt({ min: -1_000_000_000n, max: 1_000_000_000n });
  fc.assert(
    fc.property(currency, fc.array(position), position, booked, (money, held, changed, amount) => {
      // A position that is replaced keeps its symbol.
      const old = held.findLast(({ id }) => id === changed.id);
      const after = { ...changed, symbol: old?.symbol ?? changed.symbol };
      const foretold = accountWith(money, 0n, held).freeMarginWith(after, amount);
      expect(foretold).toBe(accountWith(money, amount, [...held, after]).figures()?.freeMargin);
    }),
  );
});
