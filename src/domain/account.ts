/** An account at a broker: who it is, how it holds positions, and its figures at one instant. */
import type { Fixed } from "./fixed.ts";
import type { Instant } from "./instant.ts";

/** hedging: every open is a position of its own; netting: one position a symbol. */
export type PositionMode = "hedging" | "netting";

export type AccountRef = {
  readonly tenantId: string;
  readonly accountId: string;
  /** The broker's id in the ledger. */
  readonly brokerId: string;
  /** The account's number at the broker. */
  readonly login: string;
};

/** Amounts in the account's currency. equity = balance + credit + floating profit and swap. */
export type Figures = {
  readonly currency: string;
  readonly balance: Fixed;
  readonly credit: Fixed;
  readonly equity: Fixed;
  readonly margin: Fixed;
  readonly freeMargin: Fixed;
};

export type StampedFigures = Figures & { readonly asOf: Instant };

/** equity / margin in percent, or null where there is no margin in use. */
export function marginLevelPercent(figures: Figures): number | null {
  if (figures.margin === 0n) return null;
  return Number((figures.equity * 10_000n) / figures.margin) / 100;
}
