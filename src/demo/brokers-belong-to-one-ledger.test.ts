import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEMO_FOLDER, DemoHome } from "./home.ts";

let dataDir = "";
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lockstep-demo-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const refuses = (mark: string, used: boolean): void =>
  expect(() => new DemoHome(dataDir, { mark, used })).toThrow(
    expect.objectContaining({ code: "BAD_CONFIG" }),
  );

test("a folder goes on with its own ledger, before and after the masters have traded", () => {
  new DemoHome(dataDir, { mark: "1", used: false }).close();
  new DemoHome(dataDir, { mark: "1", used: false }).close();
  new DemoHome(dataDir, { mark: "1", used: true }).close();
});

test("a folder of another ledger is refused and left as it is", () => {
  new DemoHome(dataDir, { mark: "1", used: false }).close();
  const before = readdirSync(join(dataDir, DEMO_FOLDER));
  refuses("2", false);
  refuses("2", true);
  expect(readdirSync(join(dataDir, DEMO_FOLDER))).toEqual(before);
});

test("a ledger whose brokers are gone is refused, and no folder is made for it", () => {
  refuses("1", true);
  expect(readdirSync(dataDir)).toEqual([]);
});

test("prices go on from what was saved; what cannot be read begins anew", () => {
  const home = new DemoHome(dataDir, { mark: "1", used: false });
  expect(home.prices()).toEqual({ ranMs: 0, mids: {} });
  const saved = { ranMs: 12_500, mids: { EURUSD: 1.0931 } };
  home.savePrices(saved);
  expect(home.prices()).toEqual(saved);
  writeFileSync(join(dataDir, DEMO_FOLDER, "prices.json"), '{"ranMs":');
  expect(home.prices()).toEqual({ ranMs: 0, mids: {} });
  home.close();
});
