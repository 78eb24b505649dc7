import { describe, expect, test } from "vitest";
import { checkUrl, isPublic, pinned } from "./guard.ts";
import { httpsPost } from "./post.ts";
import { LADDER_MS, waitAfter } from "./retry.ts";
import { signatureOf } from "./sign.ts";

test("is signed as the standard's own example is", () => {
  const secret = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
  const message = {
    ...{ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestampS: 1_614_265_330 },
    body: '{"test": 2432232314}',
  };
  const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  expect(signatureOf(message, [secret])).toBe(signature);
  expect(signatureOf(message, [secret, Buffer.from("other")])).toMatch(/^v1,\S+ v1,\S+$/);
});

test("is tried for some days, ever more seldom, and then given up", () => {
  const waits = LADDER_MS.map((_, index) => waitAfter(index + 1, 0) ?? 0);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waitAfter(LADDER_MS.length + 1, 0)).toBeNull();
  expect(waitAfter(1, 0.5)).toBe(5_250);
});

describe("no address leads inside", () => {
  test.each([
    ...["https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.1/"],
    ...["https://[::]/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fd00::1]/"],
    ...["https://169.254.169.254/latest", "https://10.1.2.3/", "https://192.168.0.1/"],
    ...["https://localhost/", "https://hub.local/", "https://intranet/", "http://example.com/"],
    ...["https://user:word@example.com/", "https://example.com/#x", "ftp://example.com/", "x"],
    ...["https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://0.0.0.0/"],
  ])("%s is refused", (url) => expect(() => checkUrl(url)).toThrow("BAD_INPUT"));

  test("public ones are taken", () => {
    for (const url of [
      "https://example.com/in?a=1",
      "https://93.184.216.34/",
      "https://[2606:2800:220:1::]/",
    ]) {
      expect(checkUrl(url).href).toBe(url);
    }
    expect(isPublic("not an address")).toBe(false);
  });

  test("nor does a name one of whose addresses does, or that changes its mind", async () => {
    const url = new URL("https://rebinding.example.com/");
    expect(await pinned(url, async () => ["93.184.216.34", "127.0.0.1"])).toBeNull();
    expect(await pinned(url, async () => [])).toBeNull();
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const resolve = async (): Promise<string[]> => answers.shift() ?? [];
    expect(await pinned(url, resolve)).toBe("93.184.216.34");
    const post = httpsPost(resolve);
    expect(await post(url, { headers: {}, body: "{}" })).toEqual({
      ...{ status: null, error: "the name leads to an address that is not public" },
    });
  });
});
