import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  bodyMac,
  deviceKey,
  type Hello,
  hubMac,
  sameMac,
  sessionKey,
  terminalMac,
  typedCode,
  writtenCode,
} from "./proofs.ts";
import { Refusal } from "./refusals.ts";
import { readLine } from "./wire.ts";

type Line = {
  readonly name: string;
  readonly from: string;
  readonly line: string;
  readonly code: string;
};
const fixture = (name: string) => JSON.parse(readFileSync(`mql/fixtures/${name}.json`, "utf8"));
const lines: Line[] = fixture("lines");
const proofs = fixture("proofs");
const up = lines.filter(({ from }) => from === "terminal");

test("there are lines to read", () => expect(up.length).toBeGreaterThan(40));

test.each(up)("$name", ({ line, code }) => {
  if (code === "") {
    expect(readLine(line)).toEqual(JSON.parse(line));
    return;
  }
  const read = (): unknown => readLine(line);
  expect(read).toThrow(Refusal);
  expect(read).toThrow(new RegExp(`^${code}`));
});

test("the HMAC of the vectors is the one of RFC 4231", () => {
  for (const { key, data, mac } of proofs.hmac) {
    const made = createHmac("sha256", Buffer.from(key, "hex")).update(Buffer.from(data, "hex"));
    expect(made.digest("hex")).toBe(mac);
  }
  expect(proofs.hmac[0].mac).toBe(
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  );
});

test("pairing makes the device key of the vectors", () => {
  const { typed, device, secret, challengeNonce, helloNonce, ...rest } = proofs.pairing;
  expect(typedCode(typed)).toEqual({ id: device, secret });
  expect(typedCode(writtenCode({ id: device, secret }))).toEqual({ id: device, secret });
  const key = deviceKey(secret, device, { ...rest, nonce: helloNonce }, { nonce: challengeNonce });
  expect(key.toString("hex")).toBe(rest.deviceKey);
});

test("proofs are those of the vectors, and one flipped bit is none", () => {
  const { deviceKey: hex, device, challengeNonce, helloNonce, session, ...rest } = proofs.session;
  const key = Buffer.from(hex, "hex");
  const challenge = { nonce: challengeNonce, session };
  const hello = { ...rest, nonce: helloNonce } as Hello;
  const mac = terminalMac(key, device, hello, challenge);
  expect(mac.toString("hex")).toBe(rest.proofMac);
  expect(hubMac(key, device, hello, challenge).toString("hex")).toBe(rest.welcomeMac);
  expect(sessionKey(key, helloNonce, challenge).toString("hex")).toBe(rest.sessionKey);
  expect(sameMac(mac, rest.proofMac)).toBe(true);
  expect(sameMac(mac, rest.welcomeMac)).toBe(false);
  const changed = [
    { ...hello, login: "1" },
    { ...hello, epoch: hello.epoch + 1 },
    { ...hello, seq: 0 },
    { ...hello, fence: 9 },
    { ...hello, nonce: challengeNonce },
  ];
  for (const other of changed) {
    expect(sameMac(terminalMac(key, device, other, challenge), rest.proofMac)).toBe(false);
  }
});

test("posts and replies are proven over their bytes", () => {
  const { sessionKey: hex, rest, postMac, replyMac, ...head } = proofs.http;
  const key = Buffer.from(hex, "hex");
  expect(bodyMac(key, "post", head, rest).toString("hex")).toBe(postMac);
  expect(bodyMac(key, "reply", head, rest).toString("hex")).toBe(replyMac);
  expect(sameMac(bodyMac(key, "post", head, `${rest} `), postMac)).toBe(false);
});
