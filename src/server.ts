/** A socket for an app: listens, and ends open connections when it is told to stop. */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";

export type Listening = {
  /** Such as http://127.0.0.1:8420; the port is the real one where 0 was asked for. */
  readonly url: string;
  /** Refuses new connections and ends the open ones; safe to call twice. */
  close(): Promise<void>;
};

export type ListenOptions = { readonly host: string; readonly port: number };

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 1_000;

/** Rejects with the system's error (EADDRINUSE, EACCES) where the address cannot be had. */
export async function listen(app: Hono, { host, port }: ListenOptions): Promise<Listening> {
  const answer = getRequestListener(app.fetch, { hostname: host });
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void answer(request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { url: `http://${bracketed(host)}:${portOf(server, port)}`, close: () => closeOf(server) };
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
