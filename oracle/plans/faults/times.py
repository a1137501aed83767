"""Steps that cannot come, or have no time; deposits that are held too long."""

from collections.abc import Iterator

from oracle.plans.faults.finding import Finding, Found
from oracle.plans.plan import DAY_SECONDS, DueFrom, Status, Step
from oracle.plans.telling import told
from oracle.plans.walk import Walk
from oracle.plans.wording import Wording, capital, moment_words, span_words

SHORT_SECONDS = 3_600  # less time than this is none to act in
LONG_YEARS = 10
_YEAR_SECONDS = 366 * DAY_SECONDS
_SLOWLY = "Each took all the time that it had, from the joining on."


def unfinished(walked: Walk) -> Iterator[Found]:
    """Too many paths to walk them all."""
    if not walked.complete:
        sentence = (
            f"The plan has too many paths: {len(walked.nodes)} states were looked at, and more are left, "
            "so faults may be left too; give it fewer steps."
        )
        yield Found("", Finding("too-many-paths", "fault", sentence))


def unreachable(words: Wording, walked: Walk) -> Iterator[Found]:
    """A step to which no path leads."""
    if not walked.complete:
        return
    reached = {node.state.step for node in walked.nodes if node.state.status is Status.ACTIVE}
    for index, step in enumerate(words.plan.steps):
        if index not in reached:
            sentence = f"No path leads to {words.step(index)}, so {words.party(step.actor)} can never do it."
            story = (
                "All have joined.",
                f"Whatever is done, refused or left undone, {words.step(index)} does not come.",
            )
            yield Found(index, Finding("unreachable-step", "fault", sentence, story))


def date_before_joining(words: Wording) -> Iterator[Found]:
    """A date that can be over when the plan begins."""
    until = moment_words(words.plan.join_by_seconds)
    for index, step in enumerate(words.plan.steps):
        if _is_over_while_joining(words, step):
            date, step_words = moment_words(_limit(step)), words.step(index)
            sentence = (
                f"The time for {step_words} of {words.party(step.actor)} ends at {date}, and parties can join "
                f"until {until}: whoever joins last can make it impossible."
            )
            story = (
                f"The last party joins at {until}.",
                "All have joined.",
                f"The time for {step_words} was over at {date}.",
            )
            yield Found(index, Finding("date-before-joining", "fault", sentence, story))


def deadline_conflicts(words: Wording, walked: Walk) -> Iterator[Found]:
    """A time that can be over, or nearly, when its step comes, since others used all of theirs."""
    for node in walked.nodes:
        if node.state.status is not Status.ACTIVE or node.past.overdue:
            continue
        index = node.state.step
        step = words.plan.steps[index]
        if step.due_from is DueFrom.STEP_BEFORE or _is_over_while_joining(words, step):
            continue
        begins = node.times.latest_after_activation if step.due_from is DueFrom.ACTIVATION else node.times.latest
        left = _limit(step) - begins
        agreed = step.due_from is DueFrom.ACTIVATION and begins == 0  # a time that is short by itself is no conflict
        if left >= SHORT_SECONDS or agreed:
            continue
        actor = words.party(step.actor)
        by_others = node.move is None or node.past.others(step.actor)
        who = "others use all of their time" if by_others else f"{actor} itself uses all of its time"
        if left > 0:
            has = f"{actor} has {span_words(left)} left for {words.step(index)}"
        elif left == 0:
            has = f"the time for {words.step(index)} of {actor} is over the moment it begins"
        else:
            has = f"the time for {words.step(index)} of {actor} has been over for {span_words(-left)}"
        penalty = ", and each day costs a penalty" if step.late.penalty_per_day and left <= 0 else ""
        sentence = f"If {who} before, {has}{penalty}."
        story = (*told(words, node), _SLOWLY, f"{has if left > 0 else capital(has)}.")
        yield Found(index, Finding("deadline-conflict", "fault" if by_others else "note", sentence, story))


def held_for_ever(words: Wording, walked: Walk) -> Iterator[Found]:
    """A deposit that can be held longer than ten years."""
    begun = walked.nodes[0].times.earliest
    holding = [node for node in walked.nodes if node.parent is not None and any(node.parent.state.held)]
    longest = max(holding, key=lambda node: node.times.latest, default=None)
    if longest is None or longest.parent is None:
        return
    years = (longest.times.latest - begun) // _YEAR_SECONDS
    if years >= LONG_YEARS:
        owners = words.parties(party for party, held in enumerate(longest.parent.state.held) if held)
        until = moment_words(longest.times.latest)
        sentence = f"The deposit of {owners} can be held for more than {years} years, until {until}."
        yield Found("", Finding("held-for-ever", "fault", sentence, (*told(words, longest), _SLOWLY)))


def _limit(step: Step) -> int:
    """The last second at which a step costs no penalty, counted from where its time begins."""
    return step.due_seconds if step.late.penalty_per_day else step.due_seconds + step.late.days * DAY_SECONDS


def _is_over_while_joining(words: Wording, step: Step) -> bool:
    return step.due_from is DueFrom.DATE and _limit(step) <= words.plan.join_by_seconds
