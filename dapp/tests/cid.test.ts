import { sha256 } from "viem";
import { describe, expect, it } from "vitest";

import { cidOf } from "../src/cid";

describe("content identifiers", () => {
  it("are those that IPFS gives", () => {
    // Of "hello world" and a line feed: named so by `ipfs add --cid-version 1` everywhere.
    const digest = sha256(new TextEncoder().encode("hello world\n"));
    expect(cidOf(0x55, digest)).toBe("bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
  });

  it("begin as those of trees of blocks do", () => {
    expect(cidOf(0x70, `0x${"00".repeat(32)}`)).toMatch(/^bafybei[a-z2-7]{52}$/);
  });
});
