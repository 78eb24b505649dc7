/**
 * The demo's simulated brokers with their accounts and gateways, standing where their logs end.
 * What befalls an order is drawn from the seed and its key, so that it does not depend on which
 * order was sent first. No answer is ever lost: what is unknown would block for a quarantine.
 */
import { createHash } from "node:crypto";
import { parseFixed } from "../domain/fixed.ts";
import { SimulatedBroker } from "../gateway/simulator/broker.ts";
import type { BrokerLog } from "../gateway/simulator/broker-log.ts";
import { type Fates, type Faults, NO_FAULTS, seededFates } from "../gateway/simulator/faults.ts";
import { SimulatorGateway } from "../gateway/simulator/gateway.ts";
import type { LogRecord } from "../gateway/simulator/records.ts";
import { BASE_SYMBOLS, symbolsOf } from "../gateway/simulator/symbols.ts";
import { accountRefOf, brokerIdOf } from "../hub/enrol.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import { seededRandom } from "../platform/random.ts";
import {
  DEMO_BROKERS,
  DEMO_FOLLOWERS,
  DEMO_MASTERS,
  DEMO_TENANT,
  type DemoAccount,
  type DemoBroker,
} from "./definition.ts";
import type { Trouble } from "./trouble.ts";

/** Requotes and missing prices pass and are tried again; 10006 is the broker's last word. */
const REJECT_CODES = [10004, 10021, 10006, 10006];

export type OpenBroker = { readonly terms: DemoBroker; readonly broker: SimulatedBroker };

export type BrokerSetup = {
  readonly clock: Clock;
  /** The log of each broker by its file name, and what it held. */
  log(file: string): { readonly log: BrokerLog; readonly history: readonly LogRecord[] };
};

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [...DEMO_MASTERS, ...DEMO_FOLLOWERS];

/** Opening the accounts again changes nothing, so a restart is the same call. */
export function openBrokers({ clock, log }: BrokerSetup): readonly OpenBroker[] {
  return DEMO_BROKERS.map((terms) => {
    const { names, stopLevelPoints } = terms;
    const variant = {
      names,
      stopLevelPoints,
      volumeMin: parseFixed(terms.volumeMin),
      volumeMax: parseFixed(terms.volumeMax),
      volumeStep: parseFixed(terms.volumeStep),
    };
    const broker = new SimulatedBroker({
      ...log(terms.file),
      brokerId: brokerIdOf(DEMO_TENANT, terms.name),
      symbols: symbolsOf(BASE_SYMBOLS, variant),
      clock,
      commissionPerLot: parseFixed(terms.commissionPerLot),
    });
    for (const account of accountsAt(terms)) {
      const { login, currency, positionMode } = account;
      const leverage = parseFixed(account.leverage);
      const balance = parseFixed(account.balance);
      broker.openAccount({ login, currency, positionMode, leverage, balance, credit: 0n });
    }
    return { terms, broker };
  });
}

export type GatewayOptions = {
  readonly seed: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** What a visitor broke; nothing unless told. */
  readonly trouble?: Trouble;
};

/** The gateways to them, by the broker's id in the ledger. */
export function gatewaysTo(
  brokers: readonly OpenBroker[],
  options: GatewayOptions,
): ReadonlyMap<string, SimulatorGateway> {
  const { seed, clock, timers, trouble } = options;
  return new Map(
    brokers.map(({ terms, broker }) => {
      const accounts = accountsAt(terms).map((account) => accountRefOf(DEMO_TENANT, account));
      const { latencyMs, rejectRate, partialRate } = terms;
      const faults = {
        ...{ ...NO_FAULTS, latencyMs, rejectRate, partialRate },
        rejectCodes: REJECT_CODES,
      };
      const own = fatesByKey(faults, seed);
      const fates: Fates = (instruction) => {
        const fate = own(instruction);
        return trouble?.over(fate, clock.now()) ?? fate;
      };
      return [
        broker.brokerId,
        new SimulatorGateway({ broker, accounts, clock, timers, fates }),
      ] as const;
    }),
  );
}

const accountsAt = ({ name }: DemoBroker): readonly DemoAccount[] =>
  DEMO_ACCOUNTS.filter((account) => account.broker === name);

function fatesByKey(faults: Faults, seed: number): Fates {
  return (instruction) => {
    const digest = createHash("sha256").update(`${seed} ${instruction.key}`).digest();
    return seededFates(faults, seededRandom(digest.readUInt32BE(0)))(instruction);
  };
}
