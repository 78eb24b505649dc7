/** The posts of a MetaTrader 4 terminal, as the protocol page says them. */
import { createHash } from "node:crypto";
import {
  bodyMac,
  type Challenge,
  type Hello,
  sameMac,
  sessionKey,
  terminalMac,
} from "../gateway/metatrader/proofs.ts";

export type Line = Readonly<Record<string, string | number>> & { readonly t: string };

export type HttpTerminal = {
  readonly session: string;
  /** A body with a right proof; `change` spoils it. */
  body(lines: readonly Line[], head?: Partial<{ req: number; hub: number; mac: string }>): string;
  /** Sends the next post and gives the lines of its answer, the reply first. */
  post(lines: readonly Line[]): Promise<readonly Line[]>;
};

export async function send(port: number, body: string): Promise<readonly Line[]> {
  const url = `http://127.0.0.1:${port}/v1/terminal`;
  const answer = await fetch(url, { method: "POST", body });
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  return (await answer.text())
    .split("\n")
    .flatMap((text) => (text === "" ? [] : [JSON.parse(text)]));
}

/** Says hello and proves itself. Fails with the hub's code. */
export async function enterByHttp(
  port: number,
  hello: Hello,
  key: Buffer,
  hub: () => number,
): Promise<HttpTerminal> {
  const [challenge] = (await send(port, JSON.stringify(hello))) as unknown as [Challenge & Line];
  if (challenge.t !== "challenge") throw new Error(String(challenge["code"]));
  const mac = terminalMac(key, hello.device, hello, challenge).toString("hex");
  const { session } = challenge;
  const post = { t: "post", session, req: 0, hub: hub(), mac: "" };
  const [welcome] = await send(
    port,
    `${JSON.stringify(post)}\n${JSON.stringify({ t: "proof", mac })}\n`,
  );
  if (welcome?.t !== "welcome") throw new Error(String(welcome?.["code"]));
  const posts = sessionKey(key, hello.nonce, challenge);
  let done = 0;
  let number = 0;
  const body: HttpTerminal["body"] = (lines, change = {}) => {
    const rest = lines
      .map((line) => `${JSON.stringify({ ...line, n: ++number, st: hub() })}\n`)
      .join("");
    const head = { session, req: done + 1, hub: hub(), ...change };
    const proof = change.mac ?? bodyMac(posts, "post", head, rest).toString("hex");
    return `${JSON.stringify({ t: "post", ...head, mac: proof })}\n${rest}`;
  };
  return {
    session,
    body,
    async post(lines) {
      const answer = await send(port, body(lines));
      done += 1;
      const [reply, ...rest] = answer;
      const text = rest.map((line) => `${JSON.stringify(line)}\n`).join("");
      if (reply?.t !== "reply") throw new Error(String(reply?.["code"]));
      const head = { session, req: Number(reply["req"]), hub: Number(reply["hub"]) };
      if (!sameMac(bodyMac(posts, "reply", head, text), String(reply["mac"]))) {
        throw new Error("the reply is not proven");
      }
      return answer;
    },
  };
}

export function httpHello(device: string, login: string, st: number): Hello {
  const nonce = createHash("sha256").update(`${login} ${st}`).digest("hex");
  return {
    ...{ t: "hello", v: 1, device, code: "", login, server: "Demo", platform: "mt4", build: 1 },
    ...{ ea: "test", mode: "hedging", currency: "USD", leverage: 100, epoch: 1 },
    ...{ run: "0".repeat(16), seq: 0, fence: 0, st, nonce },
  };
}
