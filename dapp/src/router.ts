/** Which view a deep link names: the part of the page's address after `#`. */

export type Route =
  | { view: "overview" }
  | { view: "reports" }
  | { view: "engine" }
  | { view: "plans" }
  | { view: "files" }
  | { view: "transfers" }
  | { view: "epoch"; epoch: bigint }
  | { view: "node"; node: number }
  | { view: "plan"; plan: string }
  | { view: "file"; file: string };

/** Entries of the navigation. */
export type Section = "overview" | "reports" | "engine" | "plans" | "files" | "transfers";

const LISTS = ["reports", "engine", "plans", "files", "transfers"] as const;

const WHOLE_NUMBER = /^\d{1,15}$/;
const HASH = /^0x[0-9a-f]{64}$/i;

/** The route of a fragment; what names none leads to the overview. */
export function routeOf(fragment: string): Route {
  const [name = "", argument = "", ...rest] = fragment.replace(/^#?\/?/, "").split("/");
  const overview: Route = { view: "overview" };
  if (rest.length > 0) return overview;
  if (argument === "") {
    const list = LISTS.find((each) => each === name);
    return list ? { view: list } : overview;
  }
  if (name === "plan" && HASH.test(argument)) return { view: "plan", plan: argument.toLowerCase() };
  if (name === "file" && HASH.test(argument)) return { view: "file", file: argument.toLowerCase() };
  if (!WHOLE_NUMBER.test(argument)) return overview;
  if (name === "epoch") return { view: "epoch", epoch: BigInt(argument) };
  if (name === "node") return { view: "node", node: Number(argument) };
  return overview;
}

/** The fragment of a route. */
export function fragmentOf(route: Route): string {
  if (route.view === "epoch") return `#/epoch/${route.epoch}`;
  if (route.view === "node") return `#/node/${route.node}`;
  if (route.view === "plan") return `#/plan/${route.plan}`;
  if (route.view === "file") return `#/file/${route.file}`;
  return route.view === "overview" ? "#/" : `#/${route.view}`;
}

/** The entry of the navigation that a route is under. */
export function sectionOf(route: Route): Section {
  if (route.view === "epoch") return "reports";
  if (route.view === "plan") return "plans";
  if (route.view === "file") return "files";
  return route.view === "node" ? "overview" : route.view;
}
