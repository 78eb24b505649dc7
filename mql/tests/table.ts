/** A hub and a terminal at one table, and words for what a test says to them. */
import { hasCompiler } from "../tools/build.ts";
import { type Certified, httpHub, type LineHub, type Message, tcpHub } from "./line-hub.ts";
import { type Platform, Terminal, type TerminalOptions } from "./terminal.ts";

/** Without g++ nothing of this can run; where LOCKSTEP_REQUIRE_GXX is set, as in CI, that fails. */
// biome-ignore lint/style/noProcessEnv: the switch of CI, read in this one place
const required = process.env["LOCKSTEP_REQUIRE_GXX"] !== undefined;
export const canCompile = hasCompiler() || required;

export async function eventually<T>(read: () => T | undefined | false, what: string): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const KEY = "000bTESTKEY00000";
export function keyNumber(number: number): string {
  const digits = String(number);
  return KEY.slice(0, KEY.length - digits.length) + digits;
}

const BLANK = {
  type: "market",
  price: "",
  limit: "",
  pos: "",
  by: "",
  order: "",
  sl: "",
  tp: "",
  expiry: 0,
};
export function instruction(kind: string, number: number, more: Partial<Message> = {}): Message {
  const hub = Date.now();
  const facts = { sym: "EURUSD", side: "buy", vol: "0.10", cmt: keyNumber(number), fence: 5 };
  const mark = { key: keyNumber(number), magic: 1000 + number };
  return { t: "do", kind, ...BLANK, ...facts, ...mark, until: 0, hub, ...more };
}

export class Table {
  readonly hub: LineHub;
  readonly platform: Platform;
  terminal: Terminal;
  #script: readonly string[];

  private constructor(hub: LineHub, options: Omit<TerminalOptions, "port">) {
    const { platform, script = [] } = options;
    this.hub = hub;
    this.platform = platform;
    this.#script = script;
    this.terminal = new Terminal({ ...options, port: hub.port });
  }

  static async laid(platform: Platform, script: readonly string[] = []): Promise<Table> {
    const table = await Table.set({ platform, script });
    await table.welcomed(1);
    return table;
  }

  /** Not waited for: the terminal may never be let in. */
  static async set(options: Omit<TerminalOptions, "port">, certified?: Certified): Promise<Table> {
    const hub = await (options.platform === "mt5" ? tcpHub(certified) : httpHub(certified));
    return new Table(hub, options);
  }

  async welcomed(times: number): Promise<void> {
    await eventually(
      () => this.hub.talk.sessions >= times,
      `session ${times}; the terminal said: ${this.terminal.errors} ${this.terminal.panel()}`,
    );
  }

  /** Another terminal over the same folder: what the first one kept is there. */
  restart(options: Partial<TerminalOptions> = {}): void {
    const { folder } = this.terminal;
    const common = { platform: this.platform, port: this.hub.port, script: this.#script, folder };
    this.terminal = new Terminal({ ...common, ...options });
  }

  /** Tells the terminal's user or broker something, and waits until it is so. */
  async tell(line: string): Promise<void> {
    const done = (): number =>
      this.terminal.reports.filter(({ command }) => command === line).length;
    const before = done();
    this.terminal.tell(line);
    await eventually(() => done() > before, line);
  }

  heard(t: string): Message[] {
    return this.hub.talk.heard.filter((message) => message.t === t);
  }

  async outcome(message: Message, terminal = true): Promise<Message> {
    const before = this.heard("outcome").length;
    this.hub.talk.send(message);
    return await eventually(
      () =>
        this.heard("outcome")
          .slice(before)
          .find(
            ({ key, status }) =>
              key === message["key"] &&
              (!terminal || (status !== "unknown" && status !== "working")),
          ),
      `an outcome of ${message["key"]}`,
    );
  }

  async answer(request: Message, t: string): Promise<Message> {
    this.hub.talk.send(request);
    return await eventually(
      () => this.heard(t).find(({ id }) => id === request["id"]),
      `${t} to ${request.t}`,
    );
  }

  async cleared(): Promise<void> {
    await this.terminal.quit();
    await this.hub.close();
  }
}
