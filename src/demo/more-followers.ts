/**
 * The rest of the demo's forty followers, a line each, and the three that show what goes wrong: one
 * that keeps closing copies by hand, one near its daily loss, and one whose link is cut.
 */
import type { PositionMode } from "../domain/account.ts";
import type { DemoFollower } from "./definition.ts";

export const NORTHGATE = "Northgate Markets";
export const MERIDIAN = "Meridian Prime";
export const HARBOUR = "Harbour FX";

export const TREND = "Halden Trend";
export const GRID = "Kestrel Grid";
export const SCALPER = "Sable Scalper";

/** The share of the day's opening equity at which the one that is near it opens no more. */
export const DAILY_LOSS = "0.04";

type Line = readonly [
  broker: string,
  login: string,
  name: string,
  currency: string,
  balance: string,
  follows: string,
  mode: string,
  sizing?: Readonly<Record<string, string>>,
];

const LINES: readonly Line[] = [
  [NORTHGATE, "5010840", "Henrik Dahl", "USD", "48000", TREND, "equity-ratio"],
  [NORTHGATE, "5010855", "Corvus Holdings", "USD", "410000", TREND, "balance-ratio"],
  [NORTHGATE, "5010871", "Aisha Rahman", "EUR", "27500", TREND, "fixed-volume", { volume: "0.3" }],
  [NORTHGATE, "5010886", "Tomás Oliveira", "EUR", "15800", GRID, "equity-ratio"],
  [NORTHGATE, "5010902", "Grace Mbeki", "USD", "33000", GRID, "equity-ratio"],
  [NORTHGATE, "5010917", "Lindqvist Pension", "EUR", "96000", TREND, "equity-ratio"],
  [
    NORTHGATE,
    "5010931",
    "Noah Becker",
    "EUR",
    "11200",
    SCALPER,
    "multiplier",
    { multiplier: "0.1" },
  ],
  [NORTHGATE, "5010946", "Elena Petrescu", "EUR", "52000", SCALPER, "equity-ratio"],
  [NORTHGATE, "5010960", "Hana Sato", "USD", "74000", SCALPER, "equity-ratio"],
  [
    NORTHGATE,
    "5010975",
    "Camille Laurent",
    "EUR",
    "39000",
    GRID,
    "equity-ratio",
    { multiplier: "0.7" },
  ],
  [MERIDIAN, "880512", "Viktor Sokolov", "USD", "61000", TREND, "equity-ratio"],
  [MERIDIAN, "880527", "Isla MacLeod", "GBP", "23000", TREND, "equity-ratio"],
  [
    MERIDIAN,
    "880533",
    "Pemberton Estate",
    "GBP",
    "270000",
    TREND,
    "equity-ratio",
    { multiplier: "0.6" },
  ],
  [MERIDIAN, "880549", "Matteo Ricci", "EUR", "18900", GRID, "equity-ratio"],
  [MERIDIAN, "880554", "Freya Andersen", "EUR", "44000", GRID, "balance-ratio"],
  [MERIDIAN, "880568", "Omar Farouk", "USD", "29500", GRID, "fixed-volume", { volume: "0.2" }],
  [
    MERIDIAN,
    "880571",
    "Zofia Kowalska",
    "EUR",
    "13400",
    SCALPER,
    "multiplier",
    { multiplier: "0.2" },
  ],
  [MERIDIAN, "880586", "Blue Heron Partners", "USD", "190000", SCALPER, "equity-ratio"],
  [MERIDIAN, "880593", "Lars Eriksen", "EUR", "57000", SCALPER, "equity-ratio"],
  [
    MERIDIAN,
    "880608",
    "Anita Desai",
    "USD",
    "36500",
    TREND,
    "risk-percent",
    { riskPercent: "0.4" },
  ],
  [HARBOUR, "H-2402", "Kirkwall Trust", "GBP", "120000", TREND, "equity-ratio"],
  [HARBOUR, "H-2417", "Jonas Weber", "EUR", "88000", TREND, "equity-ratio"],
  [HARBOUR, "H-2431", "Paloma Reyes", "USD", "67000", SCALPER, "equity-ratio"],
  [
    HARBOUR,
    "H-2445",
    "Ewan Sinclair",
    "GBP",
    "41000",
    SCALPER,
    "multiplier",
    { multiplier: "0.6" },
  ],
  [HARBOUR, "H-2460", "Solveig Nilsen", "EUR", "73000", SCALPER, "equity-ratio"],
  [HARBOUR, "H-2476", "Marcus Bell", "GBP", "55000", TREND, "balance-ratio"],
];

/** The one that closes by hand what is copied: there is always a difference to look at. */
export const DIVERGING: DemoFollower = {
  ...{ broker: MERIDIAN, login: "880620", name: "Priya Raman", follows: [TREND] },
  ...{ currency: "EUR", positionMode: "hedging", leverage: "100", balance: "68000" },
  rules: { sizing: { mode: "equity-ratio" } },
};

/** The one whose morning went wrong by its own hand. */
export const NEAR_LIMIT: DemoFollower = {
  ...{ broker: NORTHGATE, login: "5010990", name: "Felix Brandt", follows: [GRID] },
  ...{ currency: "EUR", positionMode: "hedging", leverage: "100", balance: "20000" },
  rules: {
    sizing: { mode: "fixed-volume", volume: "0.01" },
    limits: [
      {
        ...{ measure: "equity-from-equity", period: "day", relative: DAILY_LOSS },
        ...{ alertAt: "0.75", action: "close-only" },
      },
    ],
  },
};

/** Harbour nets: a follower there holds one position a symbol. */
const modeAt = (broker: string): PositionMode => (broker === HARBOUR ? "netting" : "hedging");

export const MORE_FOLLOWERS: readonly DemoFollower[] = [
  ...LINES.map(([broker, login, name, currency, balance, follows, mode, sizing]) => ({
    ...{ broker, login, name, currency, balance, follows: [follows] },
    ...{ positionMode: modeAt(broker), leverage: "100" },
    rules: { sizing: { mode, ...sizing } },
  })),
  DIVERGING,
  NEAR_LIMIT,
];
