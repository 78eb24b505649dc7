import { expect, test } from "vitest";
import { checkSource } from "../tools/build.ts";
import { faultsOf, structsOf } from "../tools/subset.ts";
import { decode, tokensOf } from "../tools/tokens.ts";
import { translate } from "../tools/translate.ts";

test.each(["mql/Experts/Lockstep5.mq5", "mql/Experts/Lockstep4.mq4"])(
  "%s and all it includes is inside",
  (path) => {
    expect(checkSource(path)).toEqual([]);
  },
);

test.each([
  ['#import "user32.dll"', /DLL/],
  ["auto x = 1;", /C\+\+/],
  ["std::string s;", /C\+\+/],
  ["int f() { return p->x; }", /'->'/],
  ["void f() { int &r = g_x; }", /reference/],
  ["void f() { int *p = NULL; }", /pointers/],
  ["void f(int *p) { }", /pointers/],
  ["void f() { g(&x); }", /pointers/],
  ["void f() { for(int x : rows) g(x); }", /range-for/],
  ["void f() { try { g(); } catch(...) { } }", /C\+\+/],
  ["class A { };", /struct/],
  ["void f() { A a = new A; }", /object pointers/],
  ["int g[2][3];", /one dimension/],
  ["datetime d = D'2024.01.01';", /number/],
  ["struct A { int x; }; void f(A a) { }", /by reference/],
  ["void f(int a[]) { }", /by reference/],
  ["void f() { Row r {1}; }", /clear a struct/],
  ["template<typename T> void f(T x) { }", /template|typename/],
])("%s is refused", (source, words) => {
  const tokens = tokensOf(source);
  const faults = faultsOf(tokens, new Set(structsOf(tokens)));
  expect(faults.map(({ text }) => text).join("\n")).toMatch(words);
});

test("strings and comments are no code, and every line stays where it was", () => {
  const source = '// auto p->x\nstring s = "new class -> ";\n/* try\n */ int a[3], b[];\n';
  const tokens = tokensOf(source);
  expect(faultsOf(tokens, new Set())).toEqual([]);
  const { text } = translate(tokens);
  expect(text.split("\n")).toHaveLength(source.split("\n").length);
  expect(text).toContain("MqlArray<int> a = MqlArray<int>::sized(3), b;");
});

test("a source is read in the encodings that MetaEditor saves", () => {
  const text = "int a;\n";
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  expect(decode(wide)).toBe(text);
  expect(decode(Buffer.from(`\uFEFF${text}`))).toBe(text);
});
