import { describe, expect, test } from "vitest";
import { formatFault, InputError } from "../domain/input-fault.ts";
import { type FollowersFile, parseFollowers } from "./followers.ts";

const master = { currency: "USD", balance: "50000.00", leverage: 100, positionMode: "hedging" };
const anna = {
  name: "Anna",
  currency: "EUR",
  balance: 1000.5,
  leverage: "30",
  positionMode: "netting",
  symbolSuffix: ".a",
  rules: { sizing: { mode: "multiplier", multiplier: "0.5" } },
};
const parse = (text: string): FollowersFile => parseFollowers("followers.json", text);
const text = (value: unknown): string => JSON.stringify(value, null, 1);

function faults(json: string): string[] {
  try {
    parse(json);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(formatFault);
    throw error;
  }
  return [];
}

test("decimals as text or as numbers, suffix and rules by default", () => {
  const bert = { ...master, name: "Bert" };
  const file = parse(text({ master, followers: [anna, bert] }));
  expect(file.master.balance).toBe(5_000_000_000_000n);
  expect(file.master.leverage).toBe(10_000_000_000n);
  expect(file.followers).toMatchObject([
    { name: "Anna", balance: 100_050_000_000n, symbolSuffix: ".a", rulesJson: anna.rules },
    { name: "Bert", symbolSuffix: "", rulesJson: {} },
  ]);
  expect(file.followers[0]?.rules.sizing.mode).toBe("multiplier");
});

describe("what is refused, with file, line, what is wrong and what is expected", () => {
  const one = (change: Record<string, unknown>): string =>
    text({ master, followers: [{ ...anna, ...change }] });
  test.each([
    ["", "followers.json:1: this is not JSON: found the end of the file, expected a JSON value"],
    [
      '{\n "master": {},\n oops\n}',
      'followers.json:3: this is not JSON: found "oops", expected a key',
    ],
    ['{"master": 1\n,\n"followers": [}', "followers.json:3: this is not JSON"],
    ['{"master": "a\nb"}', "followers.json:1: this is not JSON"],
    [
      text({ master, followers: [] }),
      "followers.json:8: followers is wrong: found [], expected at",
    ],
    [text({ master, followers: {} }), "followers.json:8: followers is wrong"],
    [text({ followers: [anna] }), "followers.json:1: master is wrong: found nothing"],
    [text({ master, followers: [anna], x: 1 }), 'unknown key "x"'],
    [
      one({ balance: "-5" }),
      'followers.0.balance is wrong: found \\"-5\\", expected a positive dec',
    ],
    [one({ balance: "12.345" }), "expected at most two decimal places"],
    [one({ balance: "ten" }), "followers.0.balance is wrong"],
    [one({ balance: null }), "followers.0.balance is wrong"],
    [one({ leverage: 0 }), "followers.0.leverage is wrong: found 0, expected a positive decimal"],
    [one({ currency: "euro" }), 'followers.0.currency is wrong: found \\"euro\\", expected three'],
    [one({ positionMode: "both" }), "followers.0.positionMode is wrong"],
    [one({ name: "a\nb" }), "followers.0.name is wrong"],
    [one({ name: "master" }), "a follower has the master's name"],
    [one({ symbolSuffix: " a" }), "followers.0.symbolSuffix is wrong"],
    [one({ rules: [] }), "followers.0.rules is wrong"],
    [one({ rules: { sizing: { mode: "fixed-volume" } } }), "the rule sizing.volume is refused"],
    [one({ rules: { sizing: { mode: "magic" } } }), "the rule sizing.mode is refused"],
    [one({ rules: { colour: "red" } }), "the rule colour is refused"],
  ])("%j", (json, said) => {
    const found = faults(json);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(said);
    expect(found[0]).toMatch(/^followers\.json:\d+: .+: found .+, expected .+/);
  });

  test("a follower twice is told on the line of the second, with the line of the first", () => {
    const [found] = faults(text({ master, followers: [anna, { ...anna, balance: 1 }] }));
    expect(found).toContain("followers.json:24: a follower is there twice: found");
    expect(found).toContain("it is on line 10");
  });

  test("a key twice, which JSON.parse would let pass", () => {
    const json = text({ master, followers: [anna] }).replace('"name"', '"name": "Eve",\n"name"');
    expect(faults(json)).toEqual([
      'followers.json:11: a key is there twice: found "name", expected each key once in an object',
    ]);
  });

  test("all faults of the file at once, in its order", () => {
    const bad = { ...anna, currency: "?", rules: { sides: [] }, balance: "x" };
    const found = faults(text({ master: { ...master, leverage: -1 }, followers: [bad, bad] }));
    expect(found.map((fault) => /: ([\w' .]+?)(?: is|:)/.exec(fault)?.[1])).toEqual([
      "master.leverage",
      "followers.0.currency",
      "followers.0.balance",
      "the rule sides",
      "a follower",
      "followers.1.currency",
      "followers.1.balance",
      "the rule sides",
    ]);
  });
});
