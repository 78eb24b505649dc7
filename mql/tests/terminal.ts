/**
 * A terminal of the shim as a process: its Expert Advisor compiled from the very source, its broker
 * and its user steered by lines on its standard input, its reports read from its standard output.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExpert } from "../tools/build.ts";

export type Report = { readonly type: string } & Readonly<Record<string, unknown>>;
export type Platform = "mt4" | "mt5";

const EXPERTS: Readonly<Record<Platform, string>> = {
  mt4: "mql/Experts/Lockstep4.mq4",
  mt5: "mql/Experts/Lockstep5.mq5",
};
export const PAIRING_CODE = "7QK2M9XA-B4CDE-FGHJK-MNPQR-STVWX";
const MARKET = [
  "symbol EURUSD digits=5",
  "symbol XAUUSD digits=3 contract=100 base=XAU",
  "tick EURUSD 1.10000 1.10010",
  "tick XAUUSD 2000.000 2000.300",
];

/** What outlives a terminal: the broker's book and the terminal's own files. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "lockstep-terminal-"));
}

export type TerminalOptions = {
  readonly platform: Platform;
  readonly port: number;
  readonly folder?: string;
  readonly script?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export class Terminal {
  readonly folder: string;
  readonly reports: Report[] = [];
  readonly exited: Promise<number>;
  errors = "";
  #child: ChildProcess;
  #text = "";

  constructor(options: TerminalOptions) {
    const { platform, port, folder = newFolder(), script = [], env = {} } = options;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "script.txt");
    const inputs = [`InpPort ${port}`, "InpTls 0", `InpCode ${PAIRING_CODE}`];
    const lines = [...MARKET, ...inputs.map((input) => `input ${input}`), ...script];
    writeFileSync(path, `${lines.join("\n")}\n`);
    const program = buildExpert(EXPERTS[platform]);
    this.#child = spawn(program, ["--folder", folder, "--script", path], {
      // biome-ignore lint/style/noProcessEnv: passed on whole, and not read
      env: { ...process.env, ...env },
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 137)));
    });
  }

  #read(text: string): void {
    this.#text += text;
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) this.reports.push(JSON.parse(line) as Report);
  }

  /** Does as its user or broker would; see mql/shim/run.hpp for the words. */
  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Ends as a killed terminal ends: at once, without a word. */
  kill(): Promise<number> {
    this.#child.kill("SIGKILL");
    return this.exited;
  }

  /** Ends in order; its exit tells whether a sanitizer or a checked array complained. */
  async quit(): Promise<void> {
    this.tell("quit");
    const code = await this.exited;
    if (code !== 0) throw new Error(`the terminal ended with ${code}\n${this.errors}`);
  }

  /** The text of the panel on the chart, as last drawn. */
  panel(): string {
    const last = this.reports.findLast(({ type }) => type === "panel");
    return String(last?.["text"] ?? "");
  }

  /** All that the broker was asked and did, also by terminals before this one. */
  brokerLog(): Report[] {
    try {
      const text = readFileSync(join(this.folder, "broker.log"), "utf8");
      return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Report]));
    } catch {
      return [];
    }
  }

  /** Requests of a kind that came with an order's magic number. */
  requests(what: string): Report[] {
    return this.brokerLog().filter((row) => row.type === "request" && row["what"] === what);
  }
}
