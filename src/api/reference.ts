/** The reference page's view: the document's own facts, laid out for people. */
import { allRefusals } from "./errors.ts";
import { codesOf, openApi } from "./openapi.ts";
import type { Route } from "./route.ts";
import { TAGS } from "./tags.ts";
import { typeOf } from "./typescript.ts";
import { VERSION } from "./version.ts";

type Json = Readonly<Record<string, unknown>>;

export function referenceView(routes: readonly Route[]): Json {
  const document = openApi(routes);
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  const { schemas } = document["components"] as { readonly schemas: Json };
  const operationsOf = (tag: string): readonly Json[] =>
    routes
      .filter((route) => route.tag === tag)
      .map((route) => operation(route, paths[`/v1${route.path}`]?.[route.method] ?? {}, schemas));
  return {
    version: VERSION,
    about: (document["info"] as Json)["description"],
    tags: Object.entries(TAGS)
      .map(([name, words]) => ({ id: idOf(name), name, words, operations: operationsOf(name) }))
      .filter(({ operations }) => operations.length > 0),
    problems: allRefusals().map(({ code, status, retry, words }) => ({
      ...{ id: code.toLowerCase(), code, status, words },
      retry: retry === true ? "yes" : retry === false ? "no" : "look first",
    })),
  };
}

const idOf = (name: string): string => name.toLowerCase().replaceAll(" ", "-");

function operation(route: Route, described: Json, schemas: Json): Json {
  const { name, method, path, summary, example } = route;
  const parameters = (described["parameters"] ?? []) as readonly Json[];
  const responses = (described["responses"] ?? {}) as Readonly<Record<string, Json>>;
  const [good] = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  return {
    ...{ name, method: method.toUpperCase(), path: `/v1${path}`, summary },
    words: described["description"],
    parameters: parameters.map((one) => ({
      ...{ name: one["name"], in: one["in"], required: one["required"] },
      ...{ type: typeOf(one["schema"]), words: one["description"] ?? "" },
    })),
    body: typeText(described["requestBody"], schemas),
    example: example?.body === undefined ? "" : JSON.stringify(example.body, null, 2),
    answer: typeText(good?.[1], schemas),
    codes: codesOf(route).map((code) => ({ code, id: code.toLowerCase() })),
  };
}

/** With the one type that it names written out. */
function typeText(holder: unknown, schemas: Json): string {
  const content = (Object(holder) as Json)["content"] as Readonly<Record<string, Json>> | undefined;
  const schema = content?.["application/json"]?.["schema"];
  if (schema === undefined) return "";
  const type = typeOf(schema);
  const named = Object.keys(schemas).filter((one) => new RegExp(`\\b${one}\\b`).test(type));
  const told = named.map((one) => `type ${one} = ${typeOf(schemas[one])}`);
  return [type, ...told].join("\n\n");
}
