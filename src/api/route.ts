/**
 * What a route is: one description that is bound to an address, checked on the way in and out, and
 * written into the OpenAPI document. A route without a permission cannot be described.
 */
import type { z } from "zod";
import type { ErrorCode } from "../domain/errors.ts";
import type { Permission } from "../identity/permissions.ts";
import type { Principal } from "../identity/principal.ts";
import type { ApiCode } from "./errors.ts";
import type { Tag } from "./tags.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

export type Call<P, Q, B> = {
  readonly principal: Principal;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly requestId: string;
  readonly header: (name: string) => string | undefined;
  /** The request's Idempotency-Key; null where none was given. */
  readonly idempotencyKey: string | null;
  /** Refuses with PRECONDITION_FAILED where If-Match names another state than this one. */
  match(present: unknown): void;
};

/** What a handler gives: the answer's fields as the ledger has them, before they are encoded. */
export type Answer = unknown;

export type Example = {
  /** What stands in the path, the query and the body, as a client writes it. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

type Shared = {
  /** The method of the generated client. */
  readonly name: string;
  readonly method: Method;
  /** Under /v1, such as /accounts/{account}. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly permission: Permission;
  readonly status?: 200 | 201 | 202 | 204;
  /** Absent on reads, which need none. */
  readonly idempotency?: "required" | "accepted";
  /** The answer shows a secret this once. */
  readonly secret?: true;
  /** If-Match must name the state that is changed. */
  readonly guarded?: boolean;
  /** Beyond those that every route can meet. */
  readonly refuses?: readonly (ApiCode | ErrorCode)[];
  readonly example?: Example;
  /** `run` gives the response itself, of this type: a stream, which no schema checks. */
  readonly raw?: "text/event-stream";
};

type Object_ = z.ZodObject;

export type RouteSpec<P extends Object_, Q extends Object_, B extends z.ZodType> = Shared & {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Absent where there is nothing to say (204). */
  readonly answer?: z.ZodType;
  run(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>;
};

export type Route = Shared & {
  readonly params?: Object_;
  readonly query?: Object_;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  run(call: Call<never, never, never>): Promise<Answer>;
};

/** Checks the description at boot: what is wrong with it is a fault of ours. */
export function route<P extends Object_, Q extends Object_, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
): Route {
  const named = [...spec.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const described = Object.keys(spec.params?.shape ?? {});
  if (named.join() !== described.join()) {
    throw new RangeError(`${spec.name}: path has ${named.join()}, params ${described.join()}`);
  }
  if (spec.method === "get" && spec.idempotency !== undefined) {
    throw new RangeError(`${spec.name}: reading needs no Idempotency-Key`);
  }
  return spec as unknown as Route;
}
