/**
 * A TCP proxy that does to a connection what a network does: resets it, swallows what goes through
 * it without a word, or holds it back. Both directions, all connections of the port.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

export type ProxyMode =
  | "pass"
  /** Open connections stay open, and nothing arrives any more. */
  | "black-hole"
  /** What comes back is held until the mode changes; what goes out arrives. */
  | "hold-replies"
  /** New connections are reset at once. */
  | "refuse";

type Pair = { readonly near: Socket; readonly far: Socket; held: Buffer[] };

export class FaultProxy {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #mode: ProxyMode = "pass";

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (near) => this.#join(near));
  }

  static async open(host: string, port: number): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new FaultProxy(server, { host, port });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** The same URL by way of this proxy. */
  through(url: string): string {
    const other = new URL(url);
    other.hostname = "127.0.0.1";
    other.port = String(this.port);
    return other.href;
  }

  set(mode: ProxyMode): void {
    // What a black hole has swallowed makes all that comes later meaningless.
    if (mode === "refuse" || this.#mode === "black-hole") this.reset();
    this.#mode = mode;
    if (mode !== "pass") return;
    for (const pair of this.#pairs) {
      for (const chunk of pair.held.splice(0)) pair.near.write(chunk);
    }
  }

  /** RST on every connection, both ways. */
  reset(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket): void {
    if (this.#mode === "refuse") {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target);
    const pair: Pair = { near, far, held: [] };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    near.on("data", (chunk) => {
      if (this.#mode !== "black-hole") far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (this.#mode === "pass") near.write(chunk);
      else if (this.#mode === "hold-replies") pair.held.push(chunk);
    });
  }
}
