/**
 * What a person does at a terminal with a pairing code: the same steps at the command line, over the
 * API and in the portal. Where an address depends on the hub's configuration, it is filled in.
 */
import type { Settings } from "../config.ts";

type Terminals = Settings["config"]["terminals"];

/** Where terminals connect; null: the hub does not listen there. */
export type TerminalAddresses = {
  /** What MetaTrader 5 takes in its list of allowed addresses, and the inputs of its Expert Advisor. */
  readonly mt5: { readonly allow: string; readonly host: string; readonly port: number } | null;
  /** The same of MetaTrader 4, which takes the whole address in its list. */
  readonly mt4: { readonly allow: string; readonly host: string; readonly port: number } | null;
  readonly tls: boolean;
};

export type PairingStep = { readonly title: string; readonly lines: readonly string[] };

const PORTS = { mt5: 8421, mt4: 8422 };

export function addressesOf({ address, port, httpPort, certFile }: Terminals): TerminalAddresses {
  const tls = certFile !== null;
  const url = `${tls ? "https" : "http"}://${address}:${httpPort}`;
  return {
    mt5: port === null ? null : { allow: address, host: address, port },
    mt4: httpPort === null ? null : { allow: url, host: address, port: httpPort },
    tls,
  };
}

export function pairingSteps(terminals: Terminals, code: string): readonly PairingStep[] {
  const { address: host } = terminals;
  // What would be, where the hub does not listen yet: NOT_LISTENING says so beside it.
  const would = { port: terminals.port ?? PORTS.mt5, httpPort: terminals.httpPort ?? PORTS.mt4 };
  const { mt4, tls } = addressesOf({ ...terminals, ...would });
  return [
    {
      title: "Copy the files",
      lines: [
        "In the terminal: File, Open Data Folder. Copy the hub's folder mql/Include/Lockstep to",
        "MQL5/Include (MetaTrader 4: MQL4/Include), the Expert Advisor mql/Experts/Lockstep5.mq5 to",
        "MQL5/Experts (Lockstep4.mq4 to MQL4/Experts), and compile it in MetaEditor (F7).",
      ],
    },
    {
      title: "Allow the hub's address",
      lines: [
        "Tools, Options, Expert Advisors: allow algorithmic trading, and under",
        "“Allow WebRequest for listed URL” add",
        `  MetaTrader 5: ${host} (the Expert Advisor uses port ${would.port})`,
        `  MetaTrader 4: ${mt4?.allow}`,
      ],
    },
    {
      title: "Attach the Expert Advisor",
      lines: [
        "Drag it on any one chart, with these inputs:",
        `  InpHub   ${host}`,
        `  InpPort  ${would.port} (MetaTrader 4: ${would.httpPort})`,
        `  InpTls   ${tls}`,
        `  InpCode  ${code}`,
        tls
          ? "TLS is on: the certificate has to be one that Windows trusts, for that very host."
          : "TLS is off, since LOCKSTEP_TERMINAL_CERT is not set: for one machine or a trusted network.",
      ],
    },
    {
      title: "Look at the panel",
      lines: [
        "The panel on the chart says “paired”, then “connected”. If it says anything else, see the",
        "table in docs/metatrader.md.",
      ],
    },
  ];
}

/** Null where the hub listens for terminals. */
export const notListening = ({ port, httpPort }: Terminals): string | null =>
  port === null && httpPort === null
    ? "The hub does not listen for terminals yet: set LOCKSTEP_TERMINAL_PORT=8421 and start it."
    : null;
