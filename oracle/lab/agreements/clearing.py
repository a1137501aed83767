"""Obligations of many parties, settled at once: each pays or gets its net."""

from oracle.agreements.clearing import round_id, sign_statement
from oracle.agreements.signatures import sign_permit
from oracle.chain.calls import calldata
from oracle.errors import FormulaMismatch
from oracle.lab.agreements.carried import tell_text
from oracle.lab.agreements.stage import Agreement, Say, Stage
from oracle.lab.agreements.words import when_words
from oracle.plans.reading.terms_of import clearing_terms
from oracle.plans.templates.clearing import ClearingTerms, clearing_round, nets_of
from oracle.plans.wording import Money


def walk_clearing(stage: Stage, agreement: Agreement, say: Say) -> None:
    """All sign what they owe; one transaction settles all of it, and who gets net withdraws.

    Raises:
        TermsMissing: the text does not settle what a round needs.
        FormulaMismatch: the chain does not do what the round promises.
    """
    terms = clearing_terms(agreement.reading)
    money = Money(2, terms.currency)
    tell_text(agreement, _told(terms, money), say)
    nets = nets_of(terms.debts, terms.parties)
    owed = sum(debt.amount_minor for debt in terms.debts)
    moved = sum(net for net in nets.values() if net > 0)
    payers, receivers = ([name for name, net in nets.items() if net * sign > 0] for sign in (-1, 1))
    saved = len(terms.debts) - len(payers) - len(receivers)
    say("The round in words:")
    for name, net in nets.items():
        verb = "pays" if net < 0 else "gets"
        say(f"  {name} {verb} {money.words(abs(net))} net." if net else f"  {name} neither pays nor gets anything.")
    say("The nets add up to 0, so that the round is settled whole or not at all.")

    stage.fund({name: max(-net, 0) for name, net in nets.items()})
    round_ = clearing_round(terms, stage.setting(agreement, terms.parties))
    clearing = stage.clearing(stage.faucet)
    permits = []
    for name in payers:
        key, amount, until = stage.key(name), -nets[name], round_.settle_by_seconds
        permit = sign_permit(stage.token.permit_terms(str(key.address)), key, clearing.place.contract, amount, until)
        arguments = (key.address, clearing.place.contract, amount, *permit.arguments())
        permits.append((stage.token.address, calldata("SampleMoney", "permit", *arguments), 0))
        say(f"{name} signs a permit by which the contract draws {money.words(amount)}.")
    stage.send_all(permits)
    statements = [sign_statement(round_, stage.key(name), clearing.place) for name in terms.parties]
    say(f"All {len(statements)} parties sign what they owe, and the net that follows for them.")

    sent = clearing.settle(round_, statements)
    settled = next(each.values for each in sent.happenings if each.kind == "Settled")
    if (settled["obligations"], settled["gross"], settled["moved"]) != (len(terms.debts), owed, moved):
        raise FormulaMismatch(f"the chain settled {dict(settled)}, and not the obligations of the text")
    say(
        f"Block {sent.block}, {sent.gas:,} gas: round 0x{round_id(round_).hex()[:16]}… settles "
        f"{len(terms.debts)} obligations of {money.words(owed)} by moving {money.words(moved)}."
    )
    say(
        f"{len(payers) + len(receivers)} transfers in place of {len(terms.debts)}: {saved} are saved, and "
        f"{100 * (owed - moved) / owed:.1f} % of the money stays where it is."
    )
    for name in receivers:
        key = stage.key(name)
        paid = stage.clearing(key).withdraw(stage.token.address, str(key.address))
        say(f"Block {paid.block}, {paid.gas:,} gas: {name} withdraws {money.words(nets[name])}.")
    _verify(stage, nets, money, say)


def _verify(stage: Stage, nets: dict[str, int], money: Money, say: Say) -> None:
    """Each had what it pays net, and no more; so each must have what it gets net."""
    say("Balances in the end:")
    for name, net in nets.items():
        found, promised = stage.token.balance(str(stage.key(name).address)), max(net, 0)
        if found != promised:
            raise FormulaMismatch(f"{name} has {money.words(found)}, where the round promises {money.words(promised)}")
        say(f"  {name}: {money.words(found)}")
    say("Every balance is what the round promises.")


def _told(terms: ClearingTerms, money: Money) -> list[str]:
    return [
        f"{len(terms.debts)} obligations of {len(terms.parties)} parties",
        *(f"{each.debtor} owes {each.creditor} {money.words(each.amount_minor)}" for each in terms.debts),
        f"the nets are paid {when_words(terms.settle, 'the proposal')}",
    ]
