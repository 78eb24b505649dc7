/** One attempt to deliver: to the judged address, without redirects, within a time and a size. */
import { request } from "node:https";
import { isIPv6 } from "node:net";
import { pinned, type Resolve } from "./guard.ts";

export type Attempt = { readonly status: number | null; readonly error: string | null };

export type Post = (
  url: URL,
  sent: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
) => Promise<Attempt>;

const TIMEOUT_MS = 15_000;

/** Never rejects: what failed is told in the attempt, without anything of the answer's body. */
export function httpsPost(resolve: Resolve): Post {
  return async (url, { headers, body }) => {
    const address = await pinned(url, resolve).catch(() => undefined);
    if (address === undefined) return failed("the name could not be looked up");
    if (address === null) return failed("the name leads to an address that is not public");
    return new Promise((settle) => {
      const sent = request(
        {
          ...{ host: url.hostname, port: url.port || 443, path: url.pathname + url.search },
          ...{ method: "POST", headers: { ...headers, "content-length": Buffer.byteLength(body) } },
          signal: AbortSignal.timeout(TIMEOUT_MS),
          lookup: (_host, options, found) => {
            const family = isIPv6(address) ? 6 : 4;
            if (options.all) found(null, [{ address, family }]);
            else found(null, address, family);
          },
        },
        (response) => {
          response.destroy();
          settle({ status: response.statusCode ?? null, error: null });
        },
      );
      sent.on("error", (error) =>
        settle(failed(error.name === "AbortError" ? "no answer in time" : reasonOf(error))),
      );
      sent.end(body);
    });
  };
}

const failed = (error: string): Attempt => ({ status: null, error });

const reasonOf = (error: Error): string =>
  "code" in error ? `the connection failed (${String(error.code)})` : "the connection failed";
