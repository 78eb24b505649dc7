/** What the control room knows of an account, and the port it reads it through. */
import type { Fixed } from "../../domain/fixed.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Principal } from "../../identity/principal.ts";
import type { Link, LiveFigures } from "../live.ts";

export type AccountFacts = {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly broker: string;
  readonly currency: string;
  readonly role: "master" | "follower";
  readonly strategies: readonly string[];
  readonly tags: readonly string[];
  /** Names of the people whose account it is. */
  readonly investors: readonly string[];
  readonly link: Link;
  readonly asOf: Instant | null;
  readonly figures: LiveFigures | null;
  readonly positions: number;
  /** Since midnight UTC: equity now less equity then (deposits included), and what was traded. */
  readonly dayChange: Fixed | null;
  readonly dayDeals: number;
  /** Of the highest equity of the last 30 days, as a fraction. */
  readonly drawdown: number | null;
  /** Of 95 in 100 copies of the last hour, from the signal to the broker's answer. */
  readonly lagMs: number | null;
  readonly divergences: number;
  /** Its equity over the last minutes, oldest first; empty where it is not kept. */
  readonly spark: readonly number[];
  /** In the reporting currency; null where there is no rate or no figure. */
  readonly reported: {
    readonly equity: Fixed;
    readonly openProfit: Fixed;
    readonly dayChange: Fixed | null;
  } | null;
};

export interface GridSource {
  /** The accounts that the principal may see, as of now; cheap enough for four times a second. */
  accounts(principal: Principal, currency: string): readonly AccountFacts[];
  /** Brings what the ledger knows (the day, tags, lags) up to date, at most every few seconds. */
  refresh(): Promise<void>;
  now(): Instant;
}
