/**
 * Where a webhook may lead: to addresses of the public internet only. A name is looked up once, each
 * of its addresses is judged, and the connection goes to one that was judged, so that a name which
 * changes its mind (DNS rebinding) gains nothing; redirects are never followed.
 */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { LockstepError } from "../domain/errors.ts";

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv4");
}
/** What is routed in IPv6 and is not a way to an IPv4 address or to a network of one's own. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet("2000::", 3, "ipv6");
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv6");
}

export function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !PRIVATE.check(address, "ipv4");
  return version === 6 && GLOBAL.check(address, "ipv6") && !PRIVATE.check(address, "ipv6");
}

export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** BAD_INPUT for what no webhook may be. */
export function checkUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && url.username === "" && url.password === "" && url.hash === "";
  if (url !== null && isPlain && url.protocol === "https:" && isNamed(url)) return url;
  const expected = "an https address of the public internet, without a name, a password or a #";
  throw new LockstepError("BAD_INPUT", { field: "url", expected });
}

/** URL has written every spelling of a number (127.1, 0x7f.1, 2130706433) as an address already. */
function isNamed({ hostname }: URL): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return isPublic(bare);
  return bare.includes(".") && !/\.(localhost|local|internal|home|lan)\.?$/i.test(bare);
}

/** The address to connect to; null where one of the name's addresses is not public. */
export async function pinned(url: URL, resolve: Resolve): Promise<string | null> {
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(bare) === 0 ? await resolve(bare) : [bare];
  return addresses.length > 0 && addresses.every(isPublic) ? (addresses[0] ?? null) : null;
}
