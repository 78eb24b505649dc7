/**
 * From the subset of MQL to C++17, a line for a line: what stays is the very text, so the compiler
 * reads the Expert Advisor as it is written and names its own lines.
 */
import { meaningful } from "./tokens.mjs";

const DECLARES_AFTER = new Set([";", "{", "}", "(", ",", "const", "static", "input", "sinput"]);
const NEVER_A_TYPE = new Set(["return", "else", "case", "const", "static", "struct", "enum"]);

/** @returns {{text: string, inputs: string[]}} C++ and the names of the inputs, in order */
export function translate(tokens) {
  const out = tokens.map(({ kind, text }) => rewritten(kind, text));
  const code = meaningful(tokens);
  const inputs = [];
  code.forEach((_, place) => {
    rewriteInput(code, place, out, inputs);
    rewriteArray(code, place, out);
  });
  return { text: out.join(""), inputs };
}

function rewritten(kind, text) {
  if (kind === "string") return `u${text}_s`;
  if (kind === "char") return `u${text}`;
  if (kind === "directive") return directive(text);
  return text;
}

function directive(text) {
  if (/^\s*#\s*(property|resource)\b/.test(text)) return "";
  const include = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(text);
  if (include !== null) return `#include "${include[1].replaceAll("\\", "/")}"`;
  const define = /^(\s*#\s*define\s+\w+\s+)"(.*)"\s*$/.exec(text);
  return define === null ? text : `${define[1]}u"${define[2]}"_s`;
}

/** `input T name = value;` is a global of its own; `input group "…"` only a heading. */
function rewriteInput(code, place, out, inputs) {
  const [word, type, name] = [0, 1, 2].map((offset) => code[place + offset]);
  if (!["input", "sinput", "extern"].includes(word.text) || word.kind !== "word") return;
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
function rewriteArray(code, place, out) {
  const before = code[place - 1]?.text ?? ";";
  const type = code[place];
  if (type.kind !== "word" || NEVER_A_TYPE.has(type.text)) return;
  const opened = code[place - 1]?.kind === "directive" || DECLARES_AFTER.has(before);
  if (!opened) return;
  const byReference = code[place + 1]?.text === "&";
  const name = code[place + (byReference ? 2 : 1)];
  const open = place + (byReference ? 3 : 2);
  if (name?.kind !== "word" || code[open]?.text !== "[") return;
  const close = code.findIndex(({ text }, index) => index > open && text === "]");
  const size = code.slice(open + 1, close).map(({ text }) => text);
  out[type.index] = `MqlArray<${type.text}>`;
  for (let index = open; index <= close; index += 1) out[code[index].index] = "";
  const initialised = code[close + 1]?.text === "=";
  if (size.length > 0 && !initialised) {
    out[code[close].index] = ` = MqlArray<${type.text}>::sized(${size.join(" ")})`;
  }
}
