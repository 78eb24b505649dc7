/** A socket for an app: listens, and ends open connections when it is told to stop. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { LockstepError } from "./domain/errors.ts";

export type Listening = {
  /** Such as http://127.0.0.1:8420; the port is the real one where 0 was asked for. */
  readonly url: string;
  /** Refuses new connections and ends the open ones; safe to call twice. */
  close(): Promise<void>;
};

/** What connections that ask for another protocol are handed to. */
export type Upgrades = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
};

export type ListenOptions = {
  readonly host: string;
  readonly port: number;
  /** Absent: none is. */
  readonly upgrades?: Upgrades;
};

/** How long, and how many at once. */
export type ListenLimits = {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often it is looked whether somebody takes too long. */
  readonly lookMs: number;
  readonly connectionsMax: number;
};

const LIMITS: ListenLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  lookMs: 5_000,
  connectionsMax: 1_000,
};

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; set LOCKSTEP_PORT to another port, or to 0 for any",
  EACCES: "the system does not allow it; set LOCKSTEP_PORT to a port above 1023",
  EADDRNOTAVAIL: "this machine has no such address; set LOCKSTEP_HOST, for example to 127.0.0.1",
  ENOTFOUND: "this host is not known; set LOCKSTEP_HOST, for example to 127.0.0.1",
};

/** ADDRESS_TAKEN, with the variable to set, where the address cannot be had. */
export async function listen(
  app: Hono,
  { host, port, upgrades }: ListenOptions,
  limits: ListenLimits = LIMITS,
): Promise<Listening> {
  const answer = getRequestListener(app.fetch, { hostname: host });
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.lookMs,
    },
    (request, response) => void answer(request, response),
  );
  server.maxConnections = limits.connectionsMax;
  if (upgrades !== undefined) {
    server.on("upgrade", (request, socket, head) => upgrades.upgrade(request, socket, head));
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(asAddressTaken(error, { host, port }) ?? error));
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
  const close = (): Promise<void> => {
    upgrades?.close();
    return closeOf(server);
  };
  return { url: `http://${bracketed(host)}:${portOf(server, port)}`, close };
}

function asAddressTaken(cause: Error, { host, port }: ListenOptions): LockstepError | null {
  const reason = "code" in cause ? REASONS[String(cause.code)] : undefined;
  if (reason === undefined) return null;
  return new LockstepError(
    "ADDRESS_TAKEN",
    { address: `${bracketed(host)}:${port}`, reason },
    { cause },
  );
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : asked;
}

async function closeOf(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
