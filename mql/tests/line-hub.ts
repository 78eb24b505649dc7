/**
 * The hub's side of the protocol, as little as the Expert Advisors' tests need of it: it proves
 * itself, reads what comes, and sends what a test says. It keeps the rules that the real one keeps:
 * `n` without a hole, and proofs that are right.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import net from "node:net";
import tls from "node:tls";

export type Message = Readonly<Record<string, string | number>> & { readonly t: string };

const SECRET = "B4CDEFGHJKMNPQRSTVWX";

export function hmac(key: string | Buffer, ...lines: readonly (string | number)[]): string {
  return createHmac("sha256", key).update(lines.join("\n")).digest("hex");
}

/** What both transports share: the handshake, the account's devices, and all that was heard. */
export class Conversation {
  readonly heard: Message[] = [];
  readonly devices = new Map<string, Buffer>();
  readonly faults: string[] = [];
  sessions = 0;
  onHello: (hello: Message) => Message | null = () => null;
  #send: (line: string) => void = () => {};
  #hello: Message | null = null;
  #nonce = "";
  #session = "";
  #n = 0;
  sessionKey = Buffer.alloc(0);

  attach(send: (line: string) => void): void {
    this.#send = send;
  }

  send(message: Message): void {
    this.#send(`${JSON.stringify(message)}\n`);
  }

  get session(): string {
    return this.#session;
  }

  hear(line: string): void {
    const message = JSON.parse(line) as Message;
    if (message.t === "hello") this.#greet(message);
    else if (message.t === "proof") this.#welcome(message);
    else this.#count(message);
  }

  #greet(hello: Message): void {
    this.heard.push(hello);
    const refusal = this.onHello(hello);
    if (refusal !== null) {
      this.send(refusal);
      return;
    }
    this.#hello = hello;
    this.#nonce = randomBytes(32).toString("hex");
    this.#session = randomBytes(8).toString("hex");
    this.send({ t: "challenge", nonce: this.#nonce, session: this.#session, hub: Date.now() });
  }

  #welcome({ mac }: Message): void {
    const hello = this.#hello ?? { t: "" };
    const device = String(hello["device"] || hello["code"]);
    const tail = [this.#nonce, String(hello["nonce"])];
    if (hello["code"] !== "") {
      const key = hmac(
        SECRET,
        "lockstep-1 device",
        device,
        String(hello["login"]),
        String(hello["server"]),
        ...tail,
      );
      this.devices.set(device, Buffer.from(key, "hex"));
    }
    const key = this.devices.get(device);
    if (key === undefined) {
      this.send({ t: "refused", code: "UNKNOWN_DEVICE", words: "pair", retry: 0, epoch: 0 });
      return;
    }
    const said = [
      "login",
      "server",
      "platform",
      "mode",
      "currency",
      "epoch",
      "run",
      "seq",
      "fence",
    ];
    const fields = said.map((name) => hello[name] ?? "");
    const expected = hmac(key, "lockstep-1 terminal", device, ...fields, ...tail, this.#session);
    if (mac !== expected) this.faults.push("BAD_PROOF");
    this.#n = 0;
    this.sessions += 1;
    this.sessionKey = Buffer.from(hmac(key, "lockstep-1 session", ...tail, this.#session), "hex");
    const epoch = hello["epoch"] ?? 0;
    this.send({
      t: "welcome",
      mac: hmac(key, "lockstep-1 hub", device, epoch, ...tail, this.#session),
      device,
      epoch,
      seq: hello["seq"] ?? 0,
      replaced: 0,
      heartbeat: 15_000,
      inflight: 1,
      hub: Date.now(),
    });
  }

  #count(message: Message): void {
    this.#n += 1;
    if (message["n"] !== this.#n) this.faults.push(`n is ${message["n"]}, not ${this.#n}`);
    this.heard.push(message);
  }
}

export type LineHub = {
  readonly talk: Conversation;
  readonly port: number;
  /** Ends every connection, as a killed hub does. */
  drop(): void;
  /** Ends them once, in place of hearing the next message of this type. */
  dropOn(type: string): Promise<void>;
  close(): Promise<void>;
};

async function listening(server: Server | net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as net.AddressInfo).port;
}

/** A certificate and its key, in PEM. */
export type Certified = { readonly cert: string; readonly key: string };

export async function tcpHub(certified?: Certified): Promise<LineHub> {
  const talk = new Conversation();
  const sockets = new Set<net.Socket>();
  const awaited = new Awaited();
  const take = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true).setEncoding("utf8");
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    let text = "";
    socket.on("data", (more: string) => {
      if (socket.destroyed) return;
      // A TLS handshake, where nothing but lines is spoken.
      if (more.startsWith("\u0016")) return void socket.destroy();
      talk.attach((line) => socket.write(line));
      const lines = (text + more).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (awaited.strikes(line)) return drop();
        talk.hear(line);
      }
    });
  };
  const server =
    certified === undefined ? net.createServer(take) : tls.createServer(certified, take);
  server.on("tlsClientError", () => {});
  const port = await listening(server);
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async (): Promise<void> => {
    drop();
    await new Promise((resolve) => server.close(resolve));
  };
  return { talk, port, drop, dropOn: (type) => awaited.next(type), close };
}

/** The next message of a type, once. */
class Awaited {
  #type: string | null = null;
  #struck: () => void = () => {};

  next(type: string): Promise<void> {
    this.#type = type;
    return new Promise((resolve) => {
      this.#struck = resolve;
    });
  }

  strikes(line: string): boolean {
    if (line === "" || this.#type === null || JSON.parse(line).t !== this.#type) return false;
    this.#type = null;
    this.#struck();
    return true;
  }
}

/** The same over HTTP: what the hub says waits for the next post. */
export async function httpHub(certified?: Certified): Promise<LineHub> {
  const talk = new Conversation();
  let waiting = "";
  let last = { req: -1, answer: "" };
  const awaited = new Awaited();
  talk.attach((line) => {
    waiting += line;
  });
  const take = (): string => {
    const lines = waiting;
    waiting = "";
    return lines;
  };
  const answer = (body: string): string => {
    const end = body.indexOf("\n");
    const head = JSON.parse(body.slice(0, end)) as Message;
    const rest = body.slice(end + 1);
    const hear = (): void => {
      for (const line of rest.split("\n")) if (line !== "") talk.hear(line);
    };
    if (head.t === "hello") {
      waiting = "";
      talk.hear(body.slice(0, end));
      return take();
    }
    const req = Number(head["req"]);
    if (req === 0) {
      hear();
      last = { req: 0, answer: "" };
      return take();
    }
    const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
    const signed = (kind: string, hub: string | number, text: string): string =>
      hmac(talk.sessionKey, `lockstep-1 ${kind}`, talk.session, req, hub, digest(text));
    if (head["mac"] !== signed("post", head["hub"] ?? 0, rest)) talk.faults.push("BAD_PROOF");
    if (req === last.req) return last.answer;
    if (req !== last.req + 1) talk.faults.push(`req is ${req} after ${last.req}`);
    hear();
    const lines = take();
    const hub = Date.now();
    const reply = { t: "reply", req, hub, mac: signed("reply", hub, lines) };
    last = { req, answer: `${JSON.stringify(reply)}\n${lines}` };
    return last.answer;
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      // Not heard at all: the terminal posts the same again.
      if (body.split("\n").some((line) => awaited.strikes(line))) drop();
      else response.end(answer(body));
    });
  };
  const server =
    certified === undefined ? createServer(serve) : createHttpsServer(certified, serve);
  server.on("tlsClientError", () => {});
  const port = await listening(server);
  const drop = (): void => server.closeAllConnections();
  const close = async (): Promise<void> => {
    drop();
    await new Promise((resolve) => server.close(resolve));
  };
  return { talk, port, drop, dropOn: (type) => awaited.next(type), close };
}
