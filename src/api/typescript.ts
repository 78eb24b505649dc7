/** JSON Schema, as the API's document has it, in TypeScript's words. */
type Json = Readonly<Record<string, unknown>>;

const REF = "#/components/schemas/";

export function typeOf(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "unknown";
  const json = schema as Json;
  const { $ref, anyOf, oneOf, allOf, type, items } = json;
  if (typeof $ref === "string") return $ref.slice(REF.length);
  if ("const" in json) return JSON.stringify(json["const"]);
  if (Array.isArray(json["enum"]))
    return json["enum"].map((one) => JSON.stringify(one)).join(" | ");
  const some = anyOf ?? oneOf;
  if (Array.isArray(some)) return [...new Set(some.map(typeOf))].join(" | ");
  if (Array.isArray(allOf)) return allOf.map((one) => `(${typeOf(one)})`).join(" & ");
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...json, type: one })).join(" | ");
  if (type === "array") return `readonly (${typeOf(items)})[]`;
  return type === "object" ? objectType(json) : (PLAIN[String(type)] ?? "unknown");
}

const PLAIN: Readonly<Record<string, string>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

function objectType({ properties, required, additionalProperties }: Json): string {
  const fields = Object.entries((properties ?? {}) as Json);
  if (fields.length === 0) {
    const values =
      typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown";
    return `Readonly<Record<string, ${values}>>`;
  }
  const needed = new Set(Array.isArray(required) ? required : []);
  const lines = fields.map(
    ([name, value]) =>
      `${comment(value)}readonly ${nameOf(name)}${needed.has(name) ? "" : "?"}: ${typeOf(value)};`,
  );
  return `{\n${lines.join("\n").replace(/^/gm, "  ")}\n}`;
}

/** As it is where it may be, else in quotes. */
export const nameOf = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);

function comment(schema: unknown): string {
  const { description } = Object(schema) as Json;
  return typeof description === "string" ? `/** ${description.replaceAll("*/", "* /")} */\n` : "";
}
