/** The OpenAPI 3.1 document, made from the routes' own schemas. */
import { z } from "zod";
import { asksForFreshFactor, PERMISSION_NAMES, PERMISSIONS } from "../identity/permissions.ts";
import { PROBLEM_TYPE } from "./answer.ts";
import { allRefusals, refusalOf } from "./errors.ts";
import type { Route } from "./route.ts";
import { TAGS } from "./tags.ts";
import { VERSION, VERSION_HEADER } from "./version.ts";

type Json = Record<string, unknown>;

export const OPENAPI_VERSION = "3.1.1";
const COMMON = [
  "MALFORMED",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "RATE_LIMITED",
  "INTERNAL",
  "UNAVAILABLE",
];
const WITH_BODY = ["BODY_TOO_LARGE", "UNSUPPORTED_MEDIA", "INVALID"];
const WITH_KEY = ["IDEMPOTENCY_IN_FLIGHT", "IDEMPOTENCY_MISMATCH", "IDEMPOTENCY_UNKNOWN"];
const WITH_MATCH = ["PRECONDITION_FAILED", "PRECONDITION_NEEDED"];

export function openApi(routes: readonly Route[]): Json {
  const schemas: Json = { Problem: problemSchema() };
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: OPENAPI_VERSION,
    info: {
      title: "Lockstep",
      version: VERSION,
      summary: "Copy trading and multi-account trading, steered by programs.",
      description:
        "Amounts, prices and volumes are decimals as text. Instants are RFC 3339 in UTC. Ids say what they are of. A refusal is a problem (RFC 9457) that says whether the request may be sent again.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This hub." }],
    security: [{ key: [] }],
    tags: Object.entries(TAGS)
      .filter(([name]) => routes.some(({ tag }) => tag === name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: `An API key. Scopes: ${PERMISSION_NAMES.join(", ")}.`,
        },
      },
      schemas,
    },
  };
}

function operation(route: Route, schemas: Json): Json {
  const { name, tag, summary, description, body, permission, example } = route;
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: [description, needs(permission)].filter(Boolean).join(" "),
    parameters: parametersOf(route, schemas),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: schemaOf(body, "input", schemas),
                ...(example?.body === undefined ? {} : { example: example.body }),
              },
            },
          },
        }),
    responses: responsesOf(route, schemas),
  };
}

function needs(permission: Route["permission"]): string {
  const { roles } = PERMISSIONS[permission];
  const fresh = asksForFreshFactor(permission) ? " and a factor proven within five minutes" : "";
  return `Needs the scope \`${permission}\`${fresh}, which the roles ${roles.join(", ")} can have.`;
}

function parametersOf(route: Route, schemas: Json): Json[] {
  const { params, query, example } = route;
  const path = Object.entries(params?.shape ?? {}).map(([name, schema]) => ({
    ...{
      name,
      in: "path",
      required: true,
      schema: schemaOf(schema as z.ZodType, "input", schemas),
    },
    ...(example?.params?.[name] === undefined ? {} : { example: example.params[name] }),
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) =>
    queryParameter(name, schema as z.ZodType, schemas),
  );
  return [...path, ...inQuery, ...headersOf(route)];
}

function queryParameter(name: string, schema: z.ZodType, schemas: Json): Json {
  const { description, ...json } = schemaOf(schema, "input", schemas);
  const required = !schema.safeParse(undefined).success;
  const words = description === undefined ? {} : { description };
  return { name, in: "query", required, ...words, schema: json };
}

function headersOf({ idempotency, guarded }: Route): Json[] {
  const header = (name: string, required: boolean, description: string): Json => {
    const schema = { type: "string", maxLength: 255 };
    return { name, in: "header", required, description, schema };
  };
  const version = header(VERSION_HEADER, false, `The dated version, such as ${VERSION}.`);
  const key = "A word of your own, a new one for each thing to be done; kept for a day.";
  return [
    { ...version, schema: { type: "string", const: VERSION } },
    ...(idempotency === undefined
      ? []
      : [header("Idempotency-Key", idempotency === "required", key)]),
    ...(guarded ? [header("If-Match", true, "The ETag of the state that is changed.")] : []),
  ];
}

function responsesOf(route: Route, schemas: Json): Json {
  const { status = 200, answer, summary, raw } = route;
  const content = raw === undefined ? undefined : { [raw]: { schema: { type: "string" } } };
  const good =
    content !== undefined
      ? { "200": { description: summary, content } }
      : answer === undefined
        ? { "204": { description: "Done." } }
        : {
            [status]: {
              description: summary,
              content: { "application/json": { schema: schemaOf(answer, "output", schemas) } },
            },
          };
  const problems: Record<string, string[]> = {};
  for (const code of codesOf(route)) {
    const { status: refused } = refusalOf(code);
    problems[refused] = [...(problems[refused] ?? []), code];
  }
  const bad = Object.entries(problems).map(([refused, codes]) => [
    refused,
    {
      description: codes.map((code) => `${code}: ${refusalOf(code).words}`).join(" "),
      content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
  return { ...good, ...Object.fromEntries(bad) };
}

/** Every code that a request to the route can be refused with. */
export function codesOf(route: Route): readonly string[] {
  return [
    ...COMMON,
    ...(route.params === undefined ? [] : ["NOT_FOUND"]),
    ...(asksForFreshFactor(route.permission) ? ["STEP_UP_REQUIRED"] : []),
    ...(route.body === undefined ? [] : WITH_BODY),
    ...(route.idempotency === undefined ? [] : WITH_KEY),
    ...(route.idempotency === "required" ? ["IDEMPOTENCY_KEY_NEEDED"] : []),
    ...(route.guarded ? WITH_MATCH : []),
    ...(route.refuses ?? []),
  ].filter((code, index, all) => all.indexOf(code) === index);
}

/** Named schemas move to the components, so that each is there once. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Json): Json {
  const json = z.toJSONSchema(schema, { io, reused: "inline" }) as Json;
  const { $schema: _, $defs, ...own } = json;
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) =>
        key === "$ref" && typeof inner === "string"
          ? [key, inner.replace("#/$defs/", "#/components/schemas/")]
          : [key, moved(inner)],
      ),
    );
  };
  for (const [name, one] of Object.entries(($defs ?? {}) as Json)) {
    const { id: _id, ...rest } = moved(one) as Json;
    schemas[name] = rest;
  }
  return moved(own) as Json;
}

function problemSchema(): Json {
  const text = { type: "string" };
  return {
    type: "object",
    required: [
      "type",
      "title",
      "status",
      "detail",
      "instance",
      "code",
      "request_id",
      "safe_to_retry",
    ],
    additionalProperties: false,
    properties: {
      type: text,
      title: text,
      status: { type: "integer" },
      detail: text,
      instance: text,
      code: { enum: allRefusals().map(({ code }) => code) },
      request_id: text,
      safe_to_retry: { enum: [true, false, "unknown"] },
      errors: {
        type: "array",
        items: {
          type: "object",
          required: ["pointer", "code", "detail"],
          properties: { pointer: text, code: text, detail: text },
          additionalProperties: false,
        },
      },
    },
  };
}
