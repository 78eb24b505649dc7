/** The typed client in clients/typescript, written from the API's document. */
import { openApi } from "./openapi.ts";
import type { Route } from "./route.ts";
import { nameOf, typeOf } from "./typescript.ts";

type Json = Readonly<Record<string, unknown>>;
type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
};
type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Json;
};

export function clientSource(routes: readonly Route[]): string {
  // A stream is read by whatever reads event streams, such as EventSource.
  const document = openApi(routes.filter(({ raw }) => raw === undefined));
  const { schemas } = document["components"] as { readonly schemas: Json };
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const types = Object.entries(schemas).map(
    ([name, schema]) => `\nexport type ${name} = ${typeOf(schema)};`,
  );
  const methods = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => methodOf(path, method, operation)),
  );
  return [
    "// Written by `npm run docs` from the API's own document: change the routes, not this.",
    'import { Transport, type Answer, type Options } from "./transport.ts";',
    'export { LockstepProblem, type Answer, type Options } from "./transport.ts";',
    ...types,
    "",
    "export class Lockstep {",
    "  readonly #transport: Transport;",
    "",
    "  constructor(options: Options) {",
    "    this.#transport = new Transport(options);",
    "  }",
    ...methods.map((method) => `\n${method}`),
    "}",
    "",
  ].join("\n");
}

function methodOf(path: string, method: string, operation: Operation): string {
  const { operationId, summary, parameters, requestBody, responses } = operation;
  const inPath = parameters.filter((one) => one.in === "path");
  const inQuery = parameters.filter((one) => one.in === "query");
  const header = (name: string): Parameter | undefined =>
    parameters.find((one) => one.in === "header" && one.name === name);
  const fields = inPath.map(({ name }) => `readonly ${name}: string`);
  const query = inQuery.map(
    ({ name, schema, required }) =>
      `readonly ${nameOf(name)}${required ? "" : "?"}: ${typeOf(schema)}`,
  );
  if (query.length > 0) fields.push(`readonly query?: { ${query.join("; ")} }`);
  if (requestBody !== undefined) fields.push(`readonly body: ${typeOf(schemaIn(requestBody))}`);
  if (header("Idempotency-Key")) fields.push("readonly idempotencyKey?: string");
  if (header("If-Match")) fields.push("readonly ifMatch: string");
  const isOptional = fields.every((field) => /^readonly \w+\?/.test(field));
  const shape = `{\n${fields.join(";\n").replace(/^/gm, "    ")};\n  }`;
  const parameter = fields.length === 0 ? "" : `request: ${shape}${isOptional ? " = {}" : ""}`;
  const isKeyed = header("Idempotency-Key") !== undefined;
  const spec = `{ method: "${method.toUpperCase()}", path: "${path}", isKeyed: ${isKeyed} }`;
  return [
    `  /** ${summary} */`,
    `  ${operationId}(${parameter}): Promise<Answer<${answerOf(responses)}>> {`,
    `    return this.#transport.ask(${spec}, ${fields.length === 0 ? "{}" : "request"});`,
    "  }",
  ].join("\n");
}

function answerOf(responses: Operation["responses"]): string {
  const [good] = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const schema = good === undefined ? null : schemaIn(good[1]);
  return schema === null ? "null" : typeOf(schema);
}

function schemaIn(holder: Json): unknown {
  const content = holder["content"] as Readonly<Record<string, Json>> | undefined;
  return content?.["application/json"]?.["schema"] ?? null;
}
