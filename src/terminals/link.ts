/** A terminal's way to the hub: a socket that is opened, proven, and told lines of. */
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

export type Target = {
  readonly host: string;
  readonly port: number;
  readonly tls?: ConnectionOptions;
};

export type LinkEvents = {
  line(line: string): void;
  closed(): void;
};

/** Lines of one turn of the event loop leave in one write. */
export class Link {
  readonly #socket: Socket;
  #waiting = "";
  #rest = "";

  constructor({ host, port, tls }: Target, events: LinkEvents) {
    this.#socket =
      tls === undefined
        ? connect({ host, port, noDelay: true })
        : connectTls({ host, port, ...tls });
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (chunk: string) => {
      const lines = (this.#rest + chunk).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) events.line(line);
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => events.closed());
  }

  write(line: string): void {
    if (this.#waiting === "") setImmediate(() => this.#flush());
    this.#waiting += `${line}\n`;
  }

  drop(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    if (!this.#socket.destroyed) this.#socket.write(this.#waiting);
    this.#waiting = "";
  }
}
