/**
 * The subset of MQL that the Expert Advisors are written in: what both MetaTrader's compiler and a
 * C++ compiler read alike. Whatever one of them would refuse, or would read in another way, is
 * refused here with its line and what to write instead.
 */
import { meaningful } from "./tokens.mjs";

const CPP_ONLY = new Set(
  `alignas alignof asm auto catch char16_t char32_t const_cast consteval constexpr decltype explicit
  friend goto inline int32_t int64_t uint32_t uint64_t mutable namespace noexcept nullptr
  reinterpret_cast signed size_t static_assert static_cast std thread_local throw try typedef typeid
  typename union unsigned using volatile wchar_t`.split(/\s+/),
);
const OUTSIDE = new Map([
  ["class", "write a struct of plain fields and free functions"],
  ["template", "write the function for the one type"],
  ["operator", "write a named function"],
  ["virtual", "write free functions"],
  ["new", "there are no object pointers here: use a struct or an array"],
  ["delete", "there are no object pointers here: use a struct or an array"],
  ["this", "write free functions"],
  ["dynamic_cast", "there are no object pointers here"],
  ["interface", "write free functions"],
]);
const DIRECTIVES = /^\s*#\s*(property|include|define|undef|ifdef|ifndef|else|endif)\b/;
const STARTS = new Set([";", "{", "}"]);
const VALUE_FOLLOWS = new Set(["(", ",", "=", "return", "[", "?", ":", "&&", "||", "!", "=="]);
const TYPES = new Set(
  `bool char uchar short ushort int uint long ulong float double string datetime color void`.split(
    /\s+/,
  ),
);

/** @returns {{line: number, text: string}[]} what is outside of the subset, in order */
export function faultsOf(tokens, structs = new Set()) {
  const code = meaningful(tokens);
  const found = [];
  code.forEach((token, place) => {
    const text = wordFault(token) ?? shapeFault(code, place) ?? byValueFault(code, place, structs);
    if (text !== null) found.push({ line: token.line, text });
  });
  return found;
}

/** The names of the structs that a source declares. */
export function structsOf(tokens) {
  const code = meaningful(tokens);
  return code
    .filter((_, place) => code[place - 1]?.text === "struct")
    .map(({ text }) => text)
    .concat(["MqlTradeRequest", "MqlTradeResult", "MqlTradeTransaction", "MqlTick"]);
}

function wordFault({ kind, text }) {
  if (kind === "directive") {
    if (/^\s*#\s*import\b/.test(text)) return "#import loads a DLL: none is allowed here";
    return DIRECTIVES.test(text) ? null : `the directive '${text.trim()}' is not MQL`;
  }
  if (kind === "literal") return `write ${text} as a call or a number`;
  if (text === "->" || text === "::") return `'${text}' is outside of the subset`;
  if (kind !== "word") return null;
  if (CPP_ONLY.has(text)) return `'${text}' is C++, not MQL`;
  return OUTSIDE.has(text) ? `'${text}': ${OUTSIDE.get(text)}` : null;
}

/** Forms that a C++ compiler would take and MetaEditor would not, seen by a token's neighbours. */
function shapeFault(code, place) {
  const at = (offset) => code[place + offset] ?? { kind: "none", text: "" };
  const { kind, text } = at(0);
  const before = at(-1).text;
  const after = at(1);
  if ((text === "*" || text === "&") && VALUE_FOLLOWS.has(before)) {
    return `'${text}' in front of a value: there are no pointers here`;
  }
  if (text === "*" && TYPES.has(before)) return "there are no pointers here";
  if (text === "[" && VALUE_FOLLOWS.has(before)) return "a lambda is C++, not MQL";
  if (text === "]" && after.text === "[") return "write one index: arrays have one dimension here";
  if (kind !== "word") return null;
  if (STARTS.has(before) && after.kind === "punct") {
    const local = at(2).kind === "word" && ["=", ";", ","].includes(at(3).text);
    if (after.text === "&" && local) return "a reference is a parameter, never a variable";
    if (after.text === "*" && local) return "there are no pointers here";
  }
  const declares = STARTS.has(before) && after.kind === "word" && at(2).text === "{";
  if (declares && !["struct", "enum"].includes(text)) return "write '= {}' to clear a struct";
  if (text === "for" && rangeFor(code, place + 1)) return "a range-for is C++, not MQL";
  return null;
}

function rangeFor(code, open) {
  let depth = 0;
  for (let place = open; place < code.length; place += 1) {
    const { text } = code[place];
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    if (depth === 0 || text === ";" || text === "?") return false;
    if (text === ":") return true;
  }
  return false;
}

/** MetaTrader's compiler takes a struct or an array as a parameter by reference only. */
function byValueFault(code, place, structs) {
  const [before, type, name, after] = [-1, 0, 1, 2].map((offset) => code[place + offset]);
  if (type?.kind !== "word" || name?.kind !== "word") return null;
  const parameter = ["(", ",", "const"].includes(before?.text ?? "");
  if (!parameter) return null;
  if (structs.has(type.text) && [",", ")"].includes(after?.text ?? "")) {
    return `pass '${name.text}' by reference: '${type.text} &${name.text}'`;
  }
  if (after?.text === "[" && code[place + 3]?.text === "]" && before.text !== "const") {
    return `pass the array '${name.text}' by reference: '${type.text} &${name.text}[]'`;
  }
  return null;
}
