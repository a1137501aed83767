import { describe, expect, it } from "vitest";

import { parseDeployment, sourcesOf } from "../src/config";
import { PageError, failureOf } from "../src/errors";
import { inTurn } from "../src/network";
import { parseReason } from "../src/operator-api";
import { addressWith } from "../src/sources-panel";
import { walletOf } from "../src/wallets";

const entry = { address: `0x${"11".repeat(20)}`, blockNumber: 7 };
const file = { chainId: 31337, contracts: { PhiOracle: entry, DifficultyController: entry } };

describe("sourcesOf", () => {
  it("reads beside the page's folder unless its address names others", () => {
    const { rpc, deployment, wallet } = sourcesOf("https://a.example/dapp/#/node/7");
    expect([rpc.href, deployment.href, wallet]).toEqual(["https://a.example/rpc", "https://a.example/v1/deployment", undefined]);
    expect(sourcesOf("https://a.example/dapp/?rpc=https://b.example/x&wallet=io.w").rpc.href).toBe("https://b.example/x");
  });

  it.each(["javascript:alert(1)", "file:///etc/passwd", "http://["])("refuses %s", (url) => {
    expect(() => sourcesOf(`https://a.example/?rpc=${encodeURIComponent(url)}`)).toThrow(PageError);
  });
});

describe("parseDeployment", () => {
  it("finds ledger and PlanBook where the file names them as mined", () => {
    const found = parseDeployment({ ...file, contracts: { ...file.contracts, PowLedger: entry, PlanBook: { ...entry, blockNumber: null } } });
    expect(found.ledger?.name).toBe("PowLedger");
    expect(found.planBook).toBeUndefined();
  });

  it.each([null, [], { chainId: "1" }, { chainId: 1 }, { ...file, contracts: { PhiOracle: entry } }, { ...file, contracts: { ...file.contracts, PhiOracle: { address: "0x1", blockNumber: 1 } } }])(
    "names what is wrong and blames the file: %j",
    (content) => {
      expect(() => parseDeployment(content)).toThrow(PageError);
      try {
        parseDeployment(content);
      } catch (error) {
        expect(failureOf(error).fault).toBe("deployment");
      }
    },
  );
});

describe("addressWith", () => {
  it("keeps the view, and leaves out what is empty", () => {
    const url = addressWith("https://a.example/dapp/?rpc=https://b.example/#/node/7", { rpc: " ", wallet: "io.w" });
    expect(url).toBe("https://a.example/dapp/?wallet=io.w#/node/7");
  });
});

describe("walletOf", () => {
  const provider = { request: () => Promise.resolve(null) };

  it("takes an announcement of EIP-6963", () => {
    expect(walletOf({ info: { rdns: "io.w", name: "W" }, provider })).toMatchObject({ id: "io.w", name: "W" });
  });

  it.each([null, {}, { info: null, provider }, { info: { rdns: 1, name: "W" }, provider }, { info: { rdns: "io.w", name: "W" }, provider: {} }])(
    "takes nothing else: %j",
    (detail) => {
      expect(walletOf(detail)).toBeUndefined();
    },
  );
});

describe("parseReason", () => {
  const word = { text: "sale", added_phi: 0.1, alone_phi: 0.1, first_block: 3, last_block: 5 };

  it("reads what an operator's API says", () => {
    const found = parseReason({ epoch: 3, reason: { numbers_phi: -0.01, text_phi: 0.1, words: [word, { text: 1 }], of: 4 } });
    expect(found).toEqual({ numbersPhi: -0.01, textPhi: 0.1, words: [{ text: "sale", addedPhi: 0.1, firstBlock: 3, lastBlock: 5 }], of: 4 });
  });

  it.each([null, {}, { reason: null }, { reason: "words" }, { reason: { numbers_phi: "1", text_phi: 0, words: [] } }])("has none in %j", (answer) => {
    expect(parseReason(answer)).toBeUndefined();
  });
});

describe("inTurn", () => {
  it("has at most so many requests under way, and goes on after a failure", async () => {
    let underWay = 0;
    let most = 0;
    let calls = 0;
    const slow = async (): Promise<Response> => {
      most = Math.max(most, ++underWay);
      await new Promise((wake) => setTimeout(wake, 1));
      underWay--;
      if (++calls === 2) throw new TypeError("cut off");
      return new Response();
    };
    const fetching = inTurn(slow, 2);
    const results = await Promise.allSettled(Array.from({ length: 7 }, () => fetching("https://a.example/")));
    expect(most).toBe(2);
    expect(results.map(({ status }) => status).filter((status) => status === "rejected")).toHaveLength(1);
  });
});
