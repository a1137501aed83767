import { describe, expect, it } from "vitest";

import { joined, signersOf, type Found, type ReportEvent } from "../src/reports";
import { verifyLine } from "../src/pages/report-page";
import { largestHash } from "../src/pages/engines";
import { grouped, percent, rough, short, signed, utc, wad } from "../src/format";

function found(from: bigint, ...blocks: bigint[]): Found {
  const list = blocks.map((blockNumber) => ({ blockNumber }) as ReportEvent);
  return { list, from, searching: false };
}

describe("joined", () => {
  it("goes on where the later search ended, and takes no report twice", () => {
    const all = joined(found(50n, 90n, 60n), found(10n, 60n, 40n, 20n));
    expect([all.from, all.list.map((each) => each.blockNumber)]).toEqual([10n, [90n, 60n, 40n, 20n]]);
  });

  it("drops an earlier search that the later one has passed", () => {
    expect(joined(found(5n, 9n), found(10n, 20n)).from).toBe(5n);
  });
});

describe("signersOf", () => {
  it("reads all 32 bits", () => {
    expect(signersOf(0b1011)).toEqual([0, 1, 3]);
    expect(signersOf(2 ** 31)).toEqual([31]);
  });
});

describe("verifyLine", () => {
  it("quotes what a shell would read as its own", () => {
    expect(verifyLine(12n, "https://a.example/v1")).toBe("catalyst verify --rpc https://a.example/v1 --epoch 12");
    expect(verifyLine(1n, "https://a.example/?a=1&b=';rm")).toBe("catalyst verify --rpc 'https://a.example/?a=1&b=%27;rm' --epoch 1");
  });
});

describe("largestHash", () => {
  it.each([1n, 2n, 3n, 1472n, 2n ** 255n])("is the largest h with h · p < 2²⁵⁶: p = %d", (p) => {
    const hash = BigInt(largestHash(p));
    expect(hash * p < 2n ** 256n).toBe(true);
    expect((hash + 1n) * p < 2n ** 256n).toBe(false);
  });
});

describe("numbers as text", () => {
  it("are exact where they are exact", () => {
    expect(grouped(1234567n)).toBe("1,234,567");
    expect(wad(-1_500_000_000_000_000_000n, 3)).toBe("-1.500");
    expect(wad(-1n, 6)).toBe("0.000000");
    expect(utc(10n ** 20n)).toBe("100000000000000000000 s");
  });

  it("are rounded where they are measured", () => {
    expect([rough(1234.5678), rough(0.0123456), rough(-17), rough(-0.000001, 3)]).toEqual(["1,234.6", "0.0123", "-17.000", "0.00"]);
    expect([signed(0.1), signed(-0.1), signed(1e-9)]).toEqual(["+0.100000", "-0.100000", "0.000000"]);
    expect([percent(1, 8), percent(1, 0), short("0x1234567890abcdef")]).toEqual(["12.5", "0.0", "0x123456…cdef"]);
  });
});
