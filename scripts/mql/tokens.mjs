/**
 * MQL source in tokens that join to the very text again. Strings, characters and comments are whole
 * tokens, so that no later step can mistake their insides for code.
 */

const PATTERN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*")|(?<literal>[CD]'[^'\n]*')|(?<char>'(?:\\.|[^'\\\n])+')|(?<directive>^[ \t]*#[^\n]*)|(?<number>(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?))|(?<word>[A-Za-z_]\w*)|(?<space>\s+)|(?<punct>::|->|&&|\|\||<<=|>>=|<<|>>|[-+*/%&|^=!<>]=|\+\+|--|[\s\S])/gm;

/** @returns {{kind: string, text: string, line: number}[]} */
export function tokensOf(source) {
  const tokens = [];
  let line = 1;
  for (const match of source.matchAll(PATTERN)) {
    const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined);
    tokens.push({ kind, text: match[0], line });
    line += match[0].split("\n").length - 1;
  }
  return tokens;
}

/** The tokens that mean something, each with its place among all. */
export function meaningful(tokens) {
  return tokens
    .map((token, index) => ({ ...token, index }))
    .filter(({ kind }) => kind !== "space" && kind !== "comment");
}

/** What MetaEditor saves is UTF-16 or UTF-8, each with or without a mark. */
export function decode(bytes) {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes
    .toString(wide ? "utf16le" : "utf8")
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n");
}
