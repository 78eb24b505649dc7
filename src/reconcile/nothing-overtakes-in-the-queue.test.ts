import { expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import { Activity } from "../platform/activity.ts";
import { allProtections } from "../platform/protections.ts";
import { WriteQueue } from "./write-queue.ts";

function queue() {
  const activity = new Activity();
  const faults: string[] = [];
  const writes = new WriteQueue({
    activity,
    protections: allProtections,
    fault: (_error, doing) => void faults.push(doing),
  });
  return { activity, faults, writes };
}

test("what the ledger cannot take now is written later, and nothing overtakes it", async () => {
  const { activity, faults, writes } = queue();
  const done: string[] = [];
  let isDown = true;
  writes.push("first", async () => {
    if (isDown) throw new LockstepError("DATABASE_DOWN");
    done.push("first");
  });
  writes.push("second", async () => void done.push("second"));
  await activity.quiet();
  expect(done).toEqual([]);
  isDown = false;
  writes.retry();
  await activity.quiet();
  expect(done).toEqual(["first", "second"]);
  expect(faults).toEqual(["recording first"]);
});

test("what is refused for good is told, and holds nothing up", async () => {
  const { activity, faults, writes } = queue();
  const done: string[] = [];
  writes.push("bad", () => Promise.reject(new RangeError("no")));
  writes.push("good", async () => void done.push("good"));
  await activity.quiet();
  expect([done, faults]).toEqual([["good"], ["recording bad"]]);
});
