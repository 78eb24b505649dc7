/**
 * Terminals over TCP or TLS. All lines for a terminal of one turn of the event loop are one write,
 * since a second small one may wait for the first to be acknowledged.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { LockstepError } from "../../domain/errors.ts";
import { Conversation, type ConversationDeps } from "./conversation.ts";
import { LineReader } from "./lines.ts";
import { Refusal } from "./refusals.ts";
import type { Transport } from "./terminals.ts";

export type Tls = { readonly cert: string | Buffer; readonly key: string | Buffer };
export type Address = { readonly host: string; readonly port: number };

export const CONNECTIONS_MAX = 12_000;
/** What may wait for a terminal that does not read. */
const WAITING_BYTES_MAX = 1_048_576;
const BACKLOG = 4_096;

export class TcpListener {
  readonly #deps: ConversationDeps;
  readonly #server: Server;
  readonly #open = new Map<Socket, Conversation>();
  readonly #dirty = new Map<Socket, string>();
  #written = 0;

  constructor(deps: ConversationDeps, tls: Tls | null) {
    this.#deps = deps;
    const options = { noDelay: true, keepAlive: true };
    const take = (socket: Socket): void => this.#take(socket);
    this.#server =
      tls === null
        ? createServer(options, take)
        : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2" }, take);
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on("tlsClientError", () => {});
  }

  /** Bytes to all terminals since it began. */
  get bytesWritten(): number {
    return this.#written;
  }

  /** Gives the real port. ADDRESS_TAKEN where the address cannot be had. */
  listen(address: Address): Promise<number> {
    return listening(this.#server, address);
  }

  tick(now: number): void {
    for (const conversation of this.#open.values()) conversation.tick(now, true);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const conversation of this.#open.values()) conversation.refuse(new Refusal("STOPPING"));
    this.#flush();
    await closed;
  }

  #take(socket: Socket): void {
    const reader = new LineReader();
    const transport: Transport = {
      carrier: "tcp",
      write: (line: string) => this.#write(socket, line),
      end: (line: string) => this.#end(socket, line),
    };
    const conversation = new Conversation(this.#deps, transport);
    this.#open.set(socket, conversation);
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const line of reader.read(chunk)) {
          if (conversation.ended) return;
          void conversation.receive(line);
        }
      } catch (error) {
        conversation.refuse(error instanceof Refusal ? error : new Refusal("BAD_LINE"));
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#open.delete(socket);
      this.#dirty.delete(socket);
      conversation.closed();
    });
  }

  #write(socket: Socket, line: string): void {
    const waiting = this.#dirty.get(socket);
    if (waiting === undefined && this.#dirty.size === 0) setImmediate(() => this.#flush());
    this.#dirty.set(socket, waiting === undefined ? line : waiting + line);
  }

  #flush(): void {
    for (const [socket, text] of this.#dirty) {
      this.#written += text.length;
      socket.write(text);
      if (socket.writableLength > WAITING_BYTES_MAX) {
        this.#open.get(socket)?.refuse(new Refusal("SLOW_READER"));
        socket.destroy();
      }
    }
    this.#dirty.clear();
  }

  #end(socket: Socket, line: string): void {
    const text = (this.#dirty.get(socket) ?? "") + line;
    this.#dirty.delete(socket);
    if (socket.destroyed) return;
    socket.end(text);
    socket.removeAllListeners("data");
    socket.resume();
    // A terminal that neither reads nor closes is not waited for.
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }
}

const LINGER_MS = 1_000;

export async function listening(server: Server, { host, port }: Address): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new LockstepError("ADDRESS_TAKEN", { address: `${host}:${port}` }, { cause })),
    );
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
  server.on("error", () => {});
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
