/**
 * What the demo is made of, as plain data: three brokers that differ as real ones do, three masters
 * and forty followers. Names and numbers are invented.
 * Invariants: a follower on a netting account follows one master, and one that holds at most one
 * position a symbol, since opposite copies would net each other away; volumes are lots as text.
 */
import type { PositionMode } from "../domain/account.ts";
import type { NameStyle } from "../gateway/simulator/symbols.ts";
import {
  GRID,
  HARBOUR,
  MERIDIAN,
  MORE_FOLLOWERS,
  NORTHGATE,
  SCALPER,
  TREND,
} from "./more-followers.ts";

export const DEMO_TENANT = "demo";

export type DemoBroker = {
  readonly name: string;
  /** Of its log in the demo's folder, without the ending. */
  readonly file: string;
  readonly names: NameStyle;
  readonly volumeMin: string;
  readonly volumeStep: string;
  readonly volumeMax: string;
  readonly stopLevelPoints: number;
  /** For each lot and side, in the account's currency. */
  readonly commissionPerLot: string;
  /** What it adds to the market's spread. */
  readonly markupPoints: number;
  readonly latencyMs: { readonly min: number; readonly max: number };
  /** Shares of all orders, from 0 to 1. */
  readonly rejectRate: number;
  readonly partialRate: number;
};

export type DemoAccount = {
  readonly broker: string;
  readonly login: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly leverage: string;
  readonly balance: string;
};

export type StrategyName = "trend" | "grid" | "scalper";

export type DemoMaster = DemoAccount & { readonly strategy: StrategyName };

export type DemoFollower = DemoAccount & {
  /** Names of masters. */
  readonly follows: readonly string[];
  /** As replication rules, without the symbol map, which follows from the brokers. */
  readonly rules: Readonly<Record<string, unknown>>;
  /** Its link is cut before the first trade and stays so. */
  readonly offline?: true;
};

export const DEMO_BROKERS: readonly DemoBroker[] = [
  {
    name: NORTHGATE,
    file: "northgate",
    names: "plain",
    volumeMin: "0.01",
    volumeStep: "0.01",
    volumeMax: "100",
    stopLevelPoints: 0,
    commissionPerLot: "0",
    markupPoints: 2,
    latencyMs: { min: 20, max: 90 },
    rejectRate: 0.01,
    partialRate: 0.01,
  },
  {
    name: MERIDIAN,
    file: "meridian",
    names: { suffix: ".a" },
    volumeMin: "0.01",
    volumeStep: "0.01",
    volumeMax: "50",
    stopLevelPoints: 5,
    commissionPerLot: "3.5",
    markupPoints: 0,
    latencyMs: { min: 40, max: 180 },
    rejectRate: 0.02,
    partialRate: 0.02,
  },
  {
    name: HARBOUR,
    file: "harbour",
    names: "slash",
    volumeMin: "0.1",
    volumeStep: "0.1",
    volumeMax: "20",
    stopLevelPoints: 20,
    commissionPerLot: "0",
    markupPoints: 4,
    latencyMs: { min: 80, max: 400 },
    rejectRate: 0.03,
    partialRate: 0.02,
  },
];

export const DEMO_MASTERS: readonly DemoMaster[] = [
  {
    ...{ broker: NORTHGATE, login: "5010001", name: TREND, strategy: "trend" },
    ...{ currency: "USD", positionMode: "hedging", leverage: "100", balance: "250000" },
  },
  {
    ...{ broker: MERIDIAN, login: "880114", name: GRID, strategy: "grid" },
    ...{ currency: "EUR", positionMode: "hedging", leverage: "100", balance: "80000" },
  },
  {
    ...{ broker: HARBOUR, login: "H-2207", name: SCALPER, strategy: "scalper" },
    ...{ currency: "GBP", positionMode: "netting", leverage: "100", balance: "60000" },
  },
];

const sizing = (mode: string, rest: Readonly<Record<string, string>> = {}) => ({
  sizing: { mode, ...rest },
});

export const DEMO_FOLLOWERS: readonly DemoFollower[] = [
  {
    ...{ broker: MERIDIAN, login: "880231", name: "Ingrid Halvorsen", follows: [TREND] },
    ...{ currency: "EUR", positionMode: "hedging", leverage: "100", balance: "42000" },
    rules: sizing("equity-ratio"),
  },
  {
    ...{ broker: NORTHGATE, login: "5010422", name: "Okafor Family Trust", follows: [TREND] },
    ...{ currency: "USD", positionMode: "hedging", leverage: "50", balance: "185000" },
    rules: sizing("equity-ratio", { multiplier: "0.5" }),
  },
  {
    ...{ broker: MERIDIAN, login: "880377", name: "Marta Nowak", follows: [GRID] },
    ...{ currency: "EUR", positionMode: "hedging", leverage: "100", balance: "12500" },
    rules: sizing("balance-ratio"),
  },
  {
    ...{ broker: NORTHGATE, login: "5010518", name: "Thames Row Capital", follows: [TREND, GRID] },
    ...{ currency: "GBP", positionMode: "hedging", leverage: "100", balance: "320000" },
    rules: { ...sizing("equity-ratio"), guards: { maxVolume: "5" } },
  },
  {
    // The lower-risk rule: a quarter of the master's lots, whatever the balance.
    ...{ broker: NORTHGATE, login: "5010603", name: "Yuki Tanaka", follows: [SCALPER] },
    ...{ currency: "USD", positionMode: "hedging", leverage: "100", balance: "25000" },
    rules: sizing("multiplier", { multiplier: "0.25" }),
  },
  {
    // Far under the broker's smallest volume: every open is skipped, with the numbers.
    ...{ broker: NORTHGATE, login: "5010777", name: "Daniel Price", follows: [TREND] },
    ...{ currency: "USD", positionMode: "hedging", leverage: "100", balance: "240" },
    rules: sizing("equity-ratio"),
  },
  {
    ...{ broker: NORTHGATE, login: "5010812", name: "Lucía Fernández", follows: [TREND] },
    ...{ currency: "EUR", positionMode: "hedging", leverage: "30", balance: "30000" },
    rules: sizing("risk-percent", { riskPercent: "0.5" }),
  },
  {
    ...{ broker: HARBOUR, login: "H-2291", name: "Brightwater Pension", follows: [TREND] },
    ...{ currency: "GBP", positionMode: "netting", leverage: "100", balance: "150000" },
    rules: sizing("equity-ratio"),
  },
  {
    ...{ broker: MERIDIAN, login: "880405", name: "Amir Haddad", follows: [GRID] },
    ...{ currency: "USD", positionMode: "hedging", leverage: "100", balance: "9000" },
    rules: sizing("fixed-volume", { volume: "0.1" }),
  },
  {
    ...{ broker: MERIDIAN, login: "880466", name: "Nadia Petrova", follows: [SCALPER] },
    ...{ currency: "GBP", positionMode: "hedging", leverage: "100", balance: "22000" },
    rules: { ...sizing("equity-ratio"), guards: { maxDeviationPoints: 400 } },
  },
  {
    ...{ broker: HARBOUR, login: "H-2340", name: "Oliver Bennett", follows: [SCALPER] },
    ...{ currency: "GBP", positionMode: "netting", leverage: "100", balance: "18500" },
    rules: sizing("equity-ratio"),
    offline: true,
  },
  {
    ...{ broker: HARBOUR, login: "H-2358", name: "Sofia Marchetti", follows: [SCALPER] },
    ...{ currency: "EUR", positionMode: "netting", leverage: "100", balance: "64000" },
    rules: { ...sizing("multiplier", { multiplier: "0.5" }), sides: ["buy"] },
  },
  ...MORE_FOLLOWERS,
];
