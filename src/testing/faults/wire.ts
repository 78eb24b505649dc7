/** Messages over a socket: four bytes of length, then the value as V8 serialises it (bigints too). */
import type { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";

const HEAD_BYTES = 4;
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

export class Wire {
  readonly #socket: Socket;
  #rest = Buffer.alloc(0);

  constructor(socket: Socket, hear: (message: unknown) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      for (let next = this.#take(); next !== null; next = this.#take()) hear(deserialize(next));
    });
  }

  send(message: unknown): void {
    if (this.#socket.destroyed) return;
    const body = serialize(message);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(body.length);
    this.#socket.write(Buffer.concat([head, body]));
  }

  #take(): Buffer | null {
    if (this.#rest.length < HEAD_BYTES) return null;
    const length = this.#rest.readUInt32BE();
    if (length > MESSAGE_BYTES_MAX) {
      this.#socket.destroy();
      return null;
    }
    if (this.#rest.length < HEAD_BYTES + length) return null;
    const body = this.#rest.subarray(HEAD_BYTES, HEAD_BYTES + length);
    this.#rest = this.#rest.subarray(HEAD_BYTES + length);
    return body;
  }
}

export type Ask = {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
};

export type Said =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly code: string; readonly context: Record<string, unknown> }
  | { readonly event: unknown }
  | { readonly beat: true };
