import { describe, expect, it } from "vitest";

import { fragmentOf, routeOf, sectionOf, type Route } from "../src/router";

const routes: Route[] = [
  { view: "overview" },
  { view: "reports" },
  { view: "engine" },
  { view: "plans" },
  { view: "files" },
  { view: "transfers" },
  { view: "epoch", epoch: 12n },
  { view: "node", node: 7 },
  { view: "plan", plan: `0x${"ab".repeat(32)}` },
  { view: "file", file: `0x${"cd".repeat(32)}` },
];

describe("routes", () => {
  it.each(routes)("come back from their fragment: $view", (route) => {
    expect(routeOf(fragmentOf(route))).toEqual(route);
  });

  it.each(["", "#", "#/", "#/nothing", "#/node", "#/node/-1", "#/node/1.5", "#/node/7/8", "#/epoch/x", "#/plan/0x12", "#/file/0x12", "#/files/1", "#/epoch/99999999999999999999"])(
    "lead to the overview where they name none: %s",
    (fragment) => {
      expect(routeOf(fragment)).toEqual({ view: "overview" });
    },
  );

  it("are under an entry of the navigation", () => {
    expect(routes.map(sectionOf)).toEqual([
      ...["overview", "reports", "engine", "plans", "files", "transfers"],
      ...["reports", "overview", "plans", "files"],
    ]);
  });
});
