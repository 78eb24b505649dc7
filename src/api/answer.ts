/** Answers and problems as they go out. */

import { type Problem, problemOf } from "./errors.ts";
import type { Route } from "./route.ts";

export const PROBLEM_TYPE = "application/problem+json";
const PROBLEMS_PAGE = "/v1/reference#";

export type Written = {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** The answer in the route's schema and nothing beyond it; what does not fit is a fault of ours. */
export function writeAnswer(route: Route, answer: unknown): Written {
  const status = route.status ?? 200;
  if (route.answer === undefined) return { status: 204, body: "", type: "" };
  const body = JSON.stringify(route.answer.parse(answer));
  return { status, body, type: "application/json" };
}

export function writeProblem(
  error: unknown,
  { requestId, path }: { readonly requestId: string; readonly path: string },
): Written {
  const problem: Problem = problemOf(error);
  const { status, code, words, retry, detail, faults, headers } = problem;
  const body = {
    type: `${PROBLEMS_PAGE}${code.toLowerCase()}`,
    title: words,
    status,
    detail,
    instance: path,
    code,
    request_id: requestId,
    safe_to_retry: retry,
    ...(faults.length > 0 ? { errors: faults } : {}),
  };
  return { status, body: JSON.stringify(body), type: PROBLEM_TYPE, headers };
}

export function asResponse(written: Written, headers: Readonly<Record<string, string>>): Response {
  const { status, body, type } = written;
  return new Response(body === "" ? null : body, {
    status,
    headers: {
      ...(type === "" ? {} : { "Content-Type": type }),
      "Cache-Control": "no-store",
      ...headers,
      ...written.headers,
    },
  });
}
