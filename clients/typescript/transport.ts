/**
 * How the client asks: with the key, a new Idempotency-Key for each thing to be done, and again
 * only where the hub says that it is safe.
 */

export type Options = {
  /** Such as http://127.0.0.1:8420. */
  readonly baseUrl: string;
  readonly key: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** How often a request that may safely be sent again is. */
  readonly retries?: number;
};

export type Answer<T> = {
  readonly status: number;
  readonly data: T;
  /** For ifMatch, where the state is changed later. */
  readonly etag: string | null;
};

type Fault = { readonly pointer: string; readonly code: string; readonly detail: string };

/** A refusal, as RFC 9457 has it. */
export class LockstepProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly safeToRetry: boolean | "unknown";
  readonly errors: readonly Fault[];

  constructor(problem: Readonly<Record<string, unknown>>) {
    super(`${String(problem["code"])}: ${String(problem["detail"])}`);
    this.name = "LockstepProblem";
    this.status = Number(problem["status"]);
    this.code = String(problem["code"]);
    this.requestId = String(problem["request_id"]);
    this.safeToRetry = problem["safe_to_retry"] as boolean | "unknown";
    this.errors = (problem["errors"] ?? []) as readonly Fault[];
  }
}

export type Spec = { readonly method: string; readonly path: string; readonly isKeyed: boolean };

type Request = {
  readonly query?: object;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
};

const RETRIES = 2;
const RETRY_MS = 1_000;

export class Transport {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async ask<T>(spec: Spec, request: object): Promise<Answer<T>> {
    const { baseUrl, fetch = globalThis.fetch, retries = RETRIES } = this.#options;
    const url = `${baseUrl}${addressOf(spec.path, request)}`;
    const init = this.#init(spec, request as Request);
    for (let left = retries; ; left -= 1) {
      const response = await fetch(url, init);
      const text = await response.text();
      const data: unknown = text === "" ? null : JSON.parse(text);
      const etag = response.headers.get("etag");
      if (response.ok) return { status: response.status, data: data as T, etag };
      const problem = new LockstepProblem(data as Readonly<Record<string, unknown>>);
      if (left <= 0 || problem.safeToRetry !== true) throw problem;
      const seconds = Number(response.headers.get("retry-after") ?? 1);
      await new Promise((resolve) => setTimeout(resolve, seconds * RETRY_MS));
    }
  }

  #init({ method, isKeyed }: Spec, request: Request): RequestInit {
    const { body, ifMatch, idempotencyKey = crypto.randomUUID() } = request;
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#options.key}` };
    if (isKeyed) headers["Idempotency-Key"] = idempotencyKey;
    if (ifMatch !== undefined) headers["If-Match"] = ifMatch;
    if (body === undefined) return { method, headers };
    headers["Content-Type"] = "application/json";
    return { method, headers, body: JSON.stringify(body) };
  }
}

function addressOf(path: string, request: object): string {
  const fields = request as Readonly<Record<string, unknown>>;
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(fields[name])),
  );
  const given = Object.entries((fields["query"] ?? {}) as Readonly<Record<string, unknown>>);
  const query = given
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, String(value)]);
  return query.length === 0 ? address : `${address}?${new URLSearchParams(query)}`;
}
