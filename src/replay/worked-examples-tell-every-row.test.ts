// A row that the page leaves out, or tells otherwise, would teach a reader what is not so.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/worked-examples.md", "utf8");

test.each(["risk", "hours"])(
  "every row of the example %s stands on the page, in its order",
  (name) => {
    const [, section = ""] = page.split(`](examples/${name}/outcomes.csv)`);
    const told = section
      .split("\n## ")[0]
      ?.split("\n")
      .filter((line) => /^\| \d/.test(line))
      .map((line) => line.split(" | ").slice(0, 3).join(" ").slice(2));
    const rows = readFileSync(`docs/examples/${name}/outcomes.csv`, "utf8").trim().split("\n");
    const expected = rows.slice(1).map((line) => {
      const [signal, , kind, , , follower, decision, reason, , , filled] = line.split(",");
      const answer = decision === "copy" ? filled : reason;
      return `${signal} ${kind} ${follower} ${answer}`;
    });
    expect(expected.length).toBeGreaterThan(20);
    expect(told).toEqual(expected);
  },
);
