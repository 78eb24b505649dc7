/**
 * The subset of MQL that the Expert Advisors are written in: what both MetaTrader's compiler and a
 * C++ compiler read alike. Whatever one of them would refuse, or would read in another way, is
 * refused here with its line and what to write instead.
 */
import { meaningful, type Placed, type Token } from "./tokens.ts";

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

export type Fault = { readonly line: number; readonly text: string };

/** What is outside of the subset, in order; `structs` are the names of those that it knows. */
export function faultsOf(tokens: readonly Token[], structs: ReadonlySet<string>): Fault[] {
  const code = meaningful(tokens);
  const found: Fault[] = [];
  code.forEach((token, place) => {
    const text = wordFault(token) ?? shapeFault(code, place) ?? byValueFault(code, place, structs);
    if (text !== null) found.push({ line: token.line, text });
  });
  return found;
}

/** The names of the structs that a source declares. */
export function structsOf(tokens: readonly Token[]): string[] {
  const code = meaningful(tokens);
  return code
    .filter((_, place) => code[place - 1]?.text === "struct")
    .map(({ text }) => text)
    .concat(["MqlTradeRequest", "MqlTradeResult", "MqlTradeTransaction", "MqlTick"]);
}

function wordFault({ kind, text }: Token): string | null {
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

type Near = (offset: number) => { readonly kind: string; readonly text: string };

/** Forms that a C++ compiler would take and MetaEditor would not, seen by a token's neighbours. */
const SHAPES: ReadonlyArray<readonly [words: string, seen: (at: Near) => boolean]> = [
  [
    "'*' or '&' in front of a value: there are no pointers here",
    (at) => ["*", "&"].includes(at(0).text) && VALUE_FOLLOWS.has(at(-1).text),
  ],
  ["there are no pointers here", (at) => at(0).text === "*" && TYPES.has(at(-1).text)],
  ["a lambda is C++, not MQL", (at) => at(0).text === "[" && VALUE_FOLLOWS.has(at(-1).text)],
  [
    "write one index: arrays have one dimension here",
    (at) => at(0).text === "]" && at(1).text === "[",
  ],
  [
    "a reference is a parameter, never a variable",
    (at) => begins(at) && at(1).text === "&" && namesVariable(at),
  ],
  ["there are no pointers here", (at) => begins(at) && at(1).text === "*" && namesVariable(at)],
  [
    "write '= {}' to clear a struct",
    (at) =>
      begins(at) &&
      at(1).kind === "word" &&
      at(2).text === "{" &&
      !["struct", "enum"].includes(at(0).text),
  ],
];

function begins(at: Near): boolean {
  return at(0).kind === "word" && STARTS.has(at(-1).text);
}

function namesVariable(at: Near): boolean {
  return at(2).kind === "word" && ["=", ";", ","].includes(at(3).text);
}

function shapeFault(code: readonly Placed[], place: number): string | null {
  const at: Near = (offset) => code[place + offset] ?? { kind: "none", text: "" };
  if (at(0).text === "for" && rangeFor(code, place + 1)) return "a range-for is C++, not MQL";
  return SHAPES.find(([, seen]) => seen(at))?.[0] ?? null;
}

function rangeFor(code: readonly Placed[], open: number): boolean {
  let depth = 0;
  for (const { text } of code.slice(open)) {
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    if (depth === 0 || text === ";" || text === "?") return false;
    if (text === ":") return true;
  }
  return false;
}

/** MetaTrader's compiler takes a struct or an array as a parameter by reference only. */
function byValueFault(
  code: readonly Placed[],
  place: number,
  structs: ReadonlySet<string>,
): string | null {
  const [before, type, name, after] = [-1, 0, 1, 2].map((offset) => code[place + offset]);
  if (type?.kind !== "word" || name?.kind !== "word") return null;
  const parameter = ["(", ",", "const"].includes(before?.text ?? "");
  if (!parameter) return null;
  if (structs.has(type.text) && [",", ")"].includes(after?.text ?? "")) {
    return `pass '${name.text}' by reference: '${type.text} &${name.text}'`;
  }
  if (after?.text === "[" && code[place + 3]?.text === "]" && before?.text !== "const") {
    return `pass the array '${name.text}' by reference: '${type.text} &${name.text}[]'`;
  }
  return null;
}
