import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { packageRoot } from "../platform/package-root.ts";
import { CLIENT, describedRoutes } from "../rest.ts";
import { clientSource } from "./client-source.ts";
import { openApi } from "./openapi.ts";

const ROUTES = describedRoutes();

test("an independent linter has nothing to say about it", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const source = JSON.stringify(openApi(ROUTES));
  const problems = await lintFromString({ source, config });
  const said = problems.map(({ ruleId, message, location }) => ({
    ruleId,
    message,
    where: location[0]?.pointer,
  }));
  expect(said).toEqual([]);
});

test("the client says what the routes say", () => {
  expect(readFileSync(join(packageRoot(), CLIENT), "utf8")).toBe(clientSource(ROUTES));
});

test("every name and every address is there once", () => {
  const names = ROUTES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const addresses = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test.each(ROUTES.filter(({ body }) => body !== undefined).map((route) => [route.name, route]))(
  "%s has an example that its own schema accepts",
  (_, route) => {
    const { body, example } = route as (typeof ROUTES)[number];
    expect(body?.safeParse(example?.body).error?.issues ?? []).toEqual([]);
  },
);
