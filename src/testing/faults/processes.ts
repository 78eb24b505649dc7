/** The processes of a round as the runner sees them: begun, told, and ended by their own number. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { processEnvironment } from "../../config.ts";
import { packageRoot } from "../../platform/package-root.ts";
import type { BrokerOrder, BrokerWord } from "./broker-process.ts";
import type { HubOrder, HubSays, HubWord } from "./hub-process.ts";

const SAID_LINES_MAX = 200;
const ANSWER_MS_MAX = 5_000;

class Program {
  readonly child: ChildProcess;
  readonly said: string[] = [];
  readonly ended: Promise<number>;

  constructor(file: string, order: object, env: Readonly<Record<string, string>> = {}) {
    const program = join(packageRoot(), "dist", "src", "testing", "faults", file);
    const { PATH = "" } = processEnvironment();
    this.child = spawn(process.execPath, [program, JSON.stringify(order)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { PATH, ...env },
    });
    this.child.on("error", () => {});
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.said.push(...chunk.toString().trimEnd().split("\n"));
      this.said.splice(0, this.said.length - SAID_LINES_MAX);
    });
    this.ended = new Promise((resolve) => {
      this.child.once("exit", () => resolve(performance.now()));
    });
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.alive) this.child.kill(signal);
  }

  /** The next message that fits; null where none comes. */
  hear<T>(fits: (message: T) => boolean, ms = ANSWER_MS_MAX): Promise<T | null> {
    return new Promise((resolve) => {
      const end = (value: T | null): void => {
        clearTimeout(timer);
        this.child.off("message", listen);
        this.child.off("exit", gone);
        resolve(value);
      };
      const listen = (message: unknown): void => {
        if (fits(message as T)) end(message as T);
      };
      const gone = (): void => end(null);
      const timer = setTimeout(gone, ms);
      this.child.on("message", listen);
      this.child.once("exit", gone);
    });
  }

  tell(word: object): void {
    if (this.alive && this.child.connected) this.child.send(word, () => {});
  }

  /** In order, or after `ms` at once. */
  async end(ms: number): Promise<void> {
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), ms);
    await (this.alive ? this.ended : Promise.resolve(0));
    clearTimeout(timer);
  }
}

export class HubProcess extends Program {
  readonly slot: string;

  constructor(order: HubOrder, env: Readonly<Record<string, string>> = {}) {
    super("hub-process.js", order, env);
    this.slot = order.slot;
  }

  word(word: HubWord): void {
    this.tell(word);
  }

  async look(): Promise<HubSays | null> {
    const heard = this.hear<HubSays>((message) => "owns" in message, 1_000);
    this.tell({ look: true });
    return heard;
  }
}

export class BrokerProcess extends Program {
  private constructor(order: BrokerOrder) {
    super("broker-process.js", order);
  }

  static async open(order: BrokerOrder): Promise<{ broker: BrokerProcess; port: number }> {
    const broker = new BrokerProcess(order);
    const opened = await broker.hear<{ port: number }>((message) => "port" in message, 20_000);
    if (opened === null) throw new Error(`the brokers did not start: ${broker.said.join("\n")}`);
    return { broker, port: opened.port };
  }

  /** Resolves once it is done. */
  async word(word: BrokerWord): Promise<void> {
    const done = this.hear<{ done: string }>((message) => "done" in message);
    this.tell(word);
    if ((await done) === null) throw new Error(`the brokers are gone: ${this.said.join("\n")}`);
  }
}
