/** Standard Webhooks 1.0: a message is signed as id.timestamp.body with HMAC-SHA256. Pure. */
import { createHmac } from "node:crypto";

const PREFIX = "whsec_";
export const SECRET_BYTES = 32;

export const secretText = (bytes: Buffer): string => PREFIX + bytes.toString("base64");

export type Message = { readonly id: string; readonly timestampS: number; readonly body: string };

/** One signature for each secret, so that a receiver may change over at its own time. */
export function signatureOf(message: Message, secrets: readonly Buffer[]): string {
  const { id, timestampS, body } = message;
  return secrets
    .map((secret) => createHmac("sha256", secret).update(`${id}.${timestampS}.${body}`))
    .map((hmac) => `v1,${hmac.digest("base64")}`)
    .join(" ");
}
