/** The definition is data: what its parts must keep with one another is checked here. */
import { expect, test } from "vitest";
import { mapSymbol } from "../follower/rules/symbol-map.ts";
import { parseRules } from "../follower/rules.ts";
import { BASE_SYMBOLS, nameAt } from "../gateway/simulator/symbols.ts";
import { DEMO_ACCOUNTS } from "./brokers.ts";
import { DEMO_BROKERS, DEMO_FOLLOWERS, DEMO_MASTERS } from "./definition.ts";
import { demoEnrolment } from "./enrolment.ts";

const namesOf = (broker: string) =>
  DEMO_BROKERS.find(({ name }) => name === broker)?.names ?? "plain";

test("three brokers, three masters, forty followers, each with a name of its own", () => {
  expect([DEMO_BROKERS.length, DEMO_MASTERS.length, DEMO_FOLLOWERS.length]).toEqual([3, 3, 40]);
  expect(new Set(DEMO_ACCOUNTS.map(({ name }) => name)).size).toBe(43);
  expect(new Set(DEMO_ACCOUNTS.map(({ login }) => login)).size).toBe(43);
  expect(DEMO_FOLLOWERS.filter(({ offline }) => offline === true)).toHaveLength(1);
});

test("every follower follows masters that there are, under rules that parse", () => {
  const { subscriptions } = demoEnrolment(0);
  const wanted = DEMO_FOLLOWERS.flatMap(({ name, follows }) => follows.map((one) => [name, one]));
  const made = subscriptions.map(({ follower, strategy }) => [follower.name, strategy]);
  expect(made.toSorted()).toEqual(wanted.toSorted());
  for (const { rules } of subscriptions) expect(() => parseRules(rules)).not.toThrow();
});

test("every symbol of a master has its name at the follower's broker", () => {
  for (const { follower, strategy, rules } of demoEnrolment(0).subscriptions) {
    const master = DEMO_MASTERS.find(({ name }) => name === strategy);
    const { symbolMap } = parseRules(rules);
    for (const base of BASE_SYMBOLS) {
      const mapped = mapSymbol(nameAt(base, namesOf(master?.broker ?? "")), symbolMap);
      expect(mapped.name).toBe(nameAt(base, namesOf(follower.broker)));
    }
  }
});

test("a netting account follows one master, and never the grid, which holds both sides", () => {
  const netting = DEMO_FOLLOWERS.filter(({ positionMode }) => positionMode === "netting");
  expect(netting.length).toBeGreaterThan(0);
  for (const { follows } of netting) {
    expect(follows).toHaveLength(1);
    const master = DEMO_MASTERS.find(({ name }) => name === follows[0]);
    expect(master?.strategy).not.toBe("grid");
  }
});
