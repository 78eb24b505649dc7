/**
 * From the subset of MQL to C++17, a line for a line: what stays is the very text, so the compiler
 * reads the Expert Advisor as it is written and names its own lines.
 */
import { meaningful, type Placed, type Token } from "./tokens.ts";

const DECLARES_AFTER = new Set([";", "{", "}", "(", ",", "const", "static", "input", "sinput"]);
const NEVER_A_TYPE = new Set(["return", "else", "case", "const", "static", "struct", "enum"]);

export type Translated = { readonly text: string; readonly inputs: readonly string[] };

/** C++, and the names of the inputs in their order. */
export function translate(tokens: readonly Token[]): Translated {
  const out = tokens.map(({ kind, text }) => rewritten(kind, text));
  const code = meaningful(tokens);
  const inputs: string[] = [];
  code.forEach((_, place) => {
    rewriteInput(code, place, out, inputs);
    rewriteArray(code, place, out);
  });
  return { text: out.join(""), inputs };
}

function rewritten(kind: string, text: string): string {
  if (kind === "string") return `u${text}_s`;
  if (kind === "char") return `u${text}`;
  if (kind === "directive") return directive(text);
  return text;
}

function directive(text: string): string {
  if (/^\s*#\s*(property|resource)\b/.test(text)) return "";
  const include = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(text);
  if (include !== null) return `#include "${(include[1] ?? "").replaceAll("\\", "/")}"`;
  const define = /^(\s*#\s*define\s+\w+\s+)"(.*)"\s*$/.exec(text);
  return define === null ? text : `${define[1]}u"${define[2]}"_s`;
}

/** `input T name = value;` is a global of its own; `input group "…"` only a heading. */
function rewriteInput(
  code: readonly Placed[],
  place: number,
  out: string[],
  inputs: string[],
): void {
  const [word, type, name] = code.slice(place, place + 3);
  if (word === undefined || type === undefined || name === undefined) return;
  if (!["input", "sinput"].includes(word.text)) return;
  out[word.index] = "";
  if (type.text === "group") {
    out[type.index] = "";
    out[name.index] = "";
    const semicolon = code[place + 3];
    if (semicolon?.text === ";") out[semicolon.index] = "";
    return;
  }
  inputs.push(name.text);
}

/** `T a[]`, `T a[N]` and `T &a[]` become the checked arrays of the shim. */
function rewriteArray(code: readonly Placed[], place: number, out: string[]): void {
  const before = code[place - 1]?.text ?? ";";
  const type = code[place];
  if (type?.kind !== "word" || NEVER_A_TYPE.has(type.text)) return;
  const opened = code[place - 1]?.kind === "directive" || DECLARES_AFTER.has(before);
  if (!opened) return;
  const byReference = code[place + 1]?.text === "&";
  const name = code[place + (byReference ? 2 : 1)];
  const open = place + (byReference ? 3 : 2);
  if (name?.kind !== "word" || code[open]?.text !== "[") return;
  out[type.index] = `MqlArray<${type.text}>`;
  let close = rewriteBrackets(code, open, out, type.text);
  // More arrays of the same declaration: `T a[], b[];`
  const listed = ["(", ",", "const"].includes(before) && byReference;
  while (!listed && code[close + 1]?.text === "," && code[close + 3]?.text === "[") {
    close = rewriteBrackets(code, close + 3, out, type.text);
  }
}

/** Takes the brackets away, from `open` on; answers where they closed. */
function rewriteBrackets(
  code: readonly Placed[],
  open: number,
  out: string[],
  type: string,
): number {
  const close = code.findIndex(({ text }, index) => index > open && text === "]");
  const size = code.slice(open + 1, close).map(({ text }) => text);
  for (const { index } of code.slice(open, close + 1)) out[index] = "";
  const initialised = code[close + 1]?.text === "=";
  const last = code[close];
  if (last !== undefined && size.length > 0 && !initialised) {
    out[last.index] = ` = MqlArray<${type}>::sized(${size.join(" ")})`;
  }
  return close;
}
