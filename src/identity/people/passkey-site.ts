/** For which address passkeys count, and what an answer says that it is to. */
import { isIP } from "node:net";

export type Site = {
  /** The host's name: a key made for it counts nowhere else. */
  readonly rpId: string;
  readonly origin: string;
};

/** Null where browsers make none: an address without a name, or without TLS. */
export function siteOf(baseUrl: string): Site | null {
  const { protocol, hostname, origin } = new URL(baseUrl);
  const isSafe = protocol === "https:" || hostname === "localhost";
  const isNamed = isIP(hostname.replace(/^\[|\]$/g, "")) === 0;
  return isSafe && isNamed ? { rpId: hostname, origin } : null;
}

/** The challenge that a browser's answer says it is to; null where it says none. */
export function challengeIn(response: string): string | null {
  try {
    const { clientDataJSON } = JSON.parse(response).response;
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString());
    return typeof challenge === "string" && /^[\w-]{16,128}$/.test(challenge) ? challenge : null;
  } catch {
    return null;
  }
}
