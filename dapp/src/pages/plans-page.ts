/** Plans of the PlanBook: the list, and one plan with its parties and steps. */

import type { Hex } from "viem";

import { facts, link, make, row, table, type Child } from "../dom";
import { grouped, short, utc } from "../format";
import { ARBITER_STEP, EVERYONE, holdings, kindOf, latestPlans, REST, type Plan, type Step } from "../plans";
import { fragmentOf } from "../router";
import { words } from "../words/language";
import type { Page } from "./page";
import { createReadingPage } from "./reading-page";

const SECONDS_PER_HOUR = 3600;
const FROM_DATE = 2;

/** The list of plans, or one of them by its id. */
export function createPlansPage(container: HTMLElement, id: Hex | undefined): Page {
  return createReadingPage<{ plans: Plan[]; held: bigint[] }>(container, {
    testId: "plans",
    title: () => (id === undefined ? words().plans.title : `${words().plans.plan} ${short(id)}`),
    absent: ({ snapshot }) => (snapshot.network.deployment.planBook ? undefined : words().plans.noBook),
    waiting: () => words().plans.reading,
    failed: (why) => words().plans.failed(why),
    async read({ snapshot: { network, head } }) {
      const book = network.deployment.planBook;
      if (!book) return { plans: [], held: [] };
      const plans = await latestPlans(network, book, head.number, id);
      const own = plans.find((plan) => plan.id === id);
      return { plans, held: own ? await holdings(network, book, own, head.number) : [] };
    },
    show({ plans, held }) {
      if (id === undefined) return [plans.length > 0 ? listOf(plans) : make("p", {}, words().plans.none)];
      const plan = plans.find((each) => each.id === id);
      return plan ? detailsOf(plan, held) : [make("p", {}, words().plans.unknown(id))];
    },
  });
}

function listOf(plans: Plan[]): HTMLElement {
  const said = words().plans;
  const heads = [said.plan, said.kind, said.status, said.step, said.parties, said.proposed];
  const rows = plans.map((plan) =>
    row([
      link(fragmentOf({ view: "plan", plan: plan.id }), short(plan.id)),
      kindOf(plan.content.kind),
      statusOf(plan),
      stepText(plan),
      grouped(plan.content.parties.length),
      grouped(plan.blockNumber),
    ]),
  );
  return table(said.title, heads, rows);
}

function statusOf({ standing }: Plan): string {
  return words().plans.statuses[standing.status] ?? String(standing.status);
}

function stepText({ standing, content }: Plan): string {
  const said = words().plans;
  if (standing.step === ARBITER_STEP) return said.dispute;
  const step = content.steps[standing.step];
  if (!step || said.statuses[standing.status] === said.statuses[1]) return words().dash;
  return said.stepOf(String(standing.step + 1), String(content.steps.length), verbOf(step));
}

function verbOf(step: Step): string {
  return words().plans.verbs[step.verb] ?? String(step.verb);
}

function detailsOf(plan: Plan, held: bigint[]): Child[] {
  const said = words().plans;
  const { content, standing } = plan;
  const parties = content.parties.map((address, party) =>
    row([
      `${said.party(party)}: ${address}`,
      grouped(content.deposits[party] ?? 0n),
      grouped(held[party] ?? 0n),
      (standing.joined >> party) & 1 ? said.yes : said.no,
    ]),
  );
  const steps = content.steps.map((step, index) =>
    row([
      `${index + 1}${index === standing.step && stepText(plan) !== words().dash ? ` (${said.present})` : ""}`,
      verbOf(step),
      partyText(step.actor),
      dueText(step),
      step.payments.map(paymentText).join("; ") || words().dash,
    ]),
  );
  return [
    facts([
      [said.plan, plan.id],
      [said.kind, kindOf(content.kind)],
      [said.status, statusOf(plan)],
      [said.step, stepText(plan)],
      [said.proposed, grouped(plan.blockNumber)],
      [said.token, content.token],
      [said.terms, content.termsHash],
      [words().report.model, BigInt(content.modelHash) === 0n ? said.noModel : content.modelHash],
    ]),
    make("h3", {}, said.parties),
    table(said.parties, [said.partyHead, said.deposit, said.holds, said.joined], parties),
    make("h3", {}, said.steps),
    table(said.steps, [said.step, said.kind, said.actor, said.due, said.pays], steps),
  ];
}

function partyText(party: number): string {
  return party === EVERYONE ? words().plans.all : words().plans.party(party);
}

function paymentText({ payer, payee, amount }: Step["payments"][number]): string {
  const said = words().plans;
  return said.payment(partyText(payer), partyText(payee), amount === REST ? said.rest : grouped(amount));
}

function dueText({ dueFrom, dueSeconds }: Step): string {
  if (dueFrom === FROM_DATE) return utc(dueSeconds);
  const hours = Number(dueSeconds) / SECONDS_PER_HOUR;
  return `${hours.toFixed(1)} h ${words().plans.dueFrom[dueFrom] ?? ""}`.trim();
}
