import { describe, expect, test } from "vitest";
import { formatFixed } from "../domain/fixed.ts";
import { brokerLists, type TrueSymbol } from "../testing/symbol-tables.ts";
import { type Suggestion, suggestSymbols } from "./suggest.ts";

type Judged = {
  readonly from: TrueSymbol;
  /** Whether the follower has the same thing at all, under how many names. */
  readonly counterparts: readonly string[];
  readonly suggestions: readonly (Suggestion & { readonly isRight: boolean })[];
};

function judged(quotes: boolean): readonly Judged[] {
  const lists = [...brokerLists(quotes)];
  return lists.flatMap(([broker, master]) =>
    lists
      .filter(([other]) => other !== broker)
      .flatMap(([, follower]) => {
        const found = suggestSymbols(master, follower);
        return master.map((from): Judged => {
          const same = follower.filter(({ truth }) => truth === from.truth);
          const counterparts = same.map(({ name }) => name);
          const own = found.filter((one) => one.from === from.name);
          const isRight = ({ to }: Suggestion): boolean => counterparts.includes(to);
          return {
            from,
            counterparts,
            suggestions: own.map((one) => ({ ...one, isRight: isRight(one) })),
          };
        });
      }),
  );
}

const label = ({ from, to, grade, reasons }: Suggestion): string =>
  `${from} → ${to}, ${grade}: ${reasons.join("; ")}`;

describe.each([
  { quotes: true, certainOfAll: 0.9, firstIsRight: 0.98 },
  { quotes: false, certainOfAll: 0.6, firstIsRight: 0.95 },
])("over all pairs of ten brokers, quotes: $quotes", ({ quotes, certainOfAll, firstIsRight }) => {
  const all = judged(quotes);
  const withCounterpart = all.filter(({ counterparts }) => counterparts.length > 0);
  const clear = withCounterpart.filter(({ counterparts }) => counterparts.length === 1);

  test("the tables are large enough to say something", () => {
    const pairs = new Set(
      withCounterpart.flatMap(({ from, counterparts }) =>
        counterparts.filter((to) => to !== from.name).map((to) => `${from.name} ${to}`),
      ),
    );
    expect(pairs.size).toBeGreaterThan(500);
    expect(all.length - withCounterpart.length).toBeGreaterThan(400);
  });

  test("every certain suggestion is right", () => {
    const certain = all.flatMap(({ suggestions }) =>
      suggestions.filter(({ grade }) => grade === "certain"),
    );
    expect(certain.filter(({ isRight }) => !isRight).map(label)).toEqual([]);
    expect(certain.length).toBeGreaterThan(500);
  });

  test("most of what has one counterpart is certain, and the first suggestion is right", () => {
    const isCertain = ({ suggestions }: Judged): boolean => suggestions[0]?.grade === "certain";
    expect(clear.filter(isCertain).length / clear.length).toBeGreaterThan(certainOfAll);
    const right = withCounterpart.filter(({ suggestions }) => suggestions[0]?.isRight === true);
    expect(right.length / withCounterpart.length).toBeGreaterThan(firstIsRight);
  });

  test("every suggestion has reasons in words and a score that fits its grade", () => {
    for (const { suggestions } of all) {
      for (const { score, grade, reasons } of suggestions) {
        expect(reasons.length).toBeGreaterThanOrEqual(3);
        expect(score >= 95).toBe(grade === "certain");
        expect(score).toBeLessThanOrEqual(100);
      }
    }
  });
});

const suggest = (master: string, follower: string, quotes = true): readonly Suggestion[] => {
  const lists = brokerLists(quotes);
  return suggestSymbols(lists.get(master) ?? [], lists.get(follower) ?? []);
};
const find = (list: readonly Suggestion[], from: string): readonly Suggestion[] =>
  list.filter((one) => one.from === from);

describe("single cases", () => {
  test("gold of 100 against gold of 10 is told, and stays a suggestion", () => {
    const [gold] = find(suggest("plain", "vip"), "XAUUSD");
    expect(gold).toMatchObject({ to: "GOLD.vip", grade: "certain" });
    expect(gold?.differences).toEqual([
      "one lot of XAUUSD is 100 and one of GOLD.vip is 10: " +
        "the same exposure takes more lots, 10 for each of the master's",
    ]);
  });
  test("a share that is called like the metal is not suggested for it", () => {
    expect(find(suggest("plain", "hash"), "XAUUSD").map(({ to }) => to)).toEqual(["#XAUUSD"]);
    const [possible] = find(suggest("hash", "plain", false), "GOLD");
    expect(possible?.grade).toBe("possible");
  });
  test("two names that fit are a question", () => {
    const two = find(suggest("plain", "shares"), "EURUSD");
    expect(two.map(({ to, grade }) => [to, grade])).toEqual([
      ["EURUSD.r", "likely"],
      ["EURUSD.s", "likely"],
    ]);
    expect(two[0]?.reasons.at(-1)).toBe("EURUSD.s would fit as well");
  });
  test("a price a hundred times lower gives a factor to confirm, and no certainty", () => {
    const [index] = find(suggest("plain", "slash"), "JP225");
    expect(index).toMatchObject({ to: "JPN225", grade: "likely" });
    expect(formatFixed(index?.priceFactor ?? 0n)).toBe("0.01");
  });
  test("what may only be closed is not suggested", () => {
    const lists = brokerLists(true);
    const follower = (lists.get("vip") ?? []).map((one) => {
      return { ...one, tradeMode: "close-only" as const };
    });
    expect(suggestSymbols(lists.get("plain") ?? [], follower)).toEqual([]);
  });
  test("an alias is certain only by its price, an unknown name by nothing", () => {
    expect(find(suggest("plain", "vip", false), "US30")[0]?.grade).toBe("likely");
    expect(find(suggest("plain", "vip"), "US30")[0]?.grade).toBe("certain");
    const spot = find(suggest("plain", "london"), "XAUUSD").find(({ to }) => to === "SpotGold");
    expect(spot?.grade === "certain").toBe(false);
  });
});

test("thousands of symbols on both sides cost seconds at most", () => {
  const [first] = [...brokerLists(true).values()];
  const many = Array.from({ length: 5_000 }, (_, index) => {
    return { ...(first?.[30] as TrueSymbol), name: `TICK${index}.US` };
  });
  const start = performance.now();
  expect(suggestSymbols(many, many).length).toBeGreaterThanOrEqual(5_000);
  expect(performance.now() - start).toBeLessThan(5_000);
});
