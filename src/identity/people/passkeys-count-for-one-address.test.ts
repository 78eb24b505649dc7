import { expect, test } from "vitest";
import { challengeIn, siteOf } from "./passkey-site.ts";

test.each([
  ["https://hub.example", { rpId: "hub.example", origin: "https://hub.example" }],
  ["https://hub.example:8443", { rpId: "hub.example", origin: "https://hub.example:8443" }],
  ["http://localhost:8420", { rpId: "localhost", origin: "http://localhost:8420" }],
  ["http://hub.example", null],
  ["http://127.0.0.1:8420", null],
  ["https://192.0.2.1", null],
  ["https://[::1]", null],
])("at %s", (baseUrl, site) => expect(siteOf(baseUrl)).toEqual(site));

test("what is no answer names no challenge", () => {
  const said = (challenge: unknown): string =>
    JSON.stringify({
      response: {
        clientDataJSON: Buffer.from(JSON.stringify({ challenge })).toString("base64url"),
      },
    });
  expect(challengeIn(said("A".repeat(43)))).toBe("A".repeat(43));
  for (const text of ["", "null", "{}", said(1), said(""), said("'"), said("A".repeat(999))]) {
    expect(challengeIn(text)).toBeNull();
  }
});
