"""The form of a plan's JSON file: its fields, and what each of them takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from oracle.plans.plan import MAX_PARTIES, MAX_PAYMENTS, MAX_STEPS, Verb

_UNITS_HELP = 'a whole number of units of the token, in quotes, such as "128000"'
_PARTY_HELP = "the name of a party"
_ADDRESS_HELP = "an address: 0x and 40 hexadecimal digits"
_TARGET_HELP = 'the number of a later step, counted from 1, or "done", "refund" or "arbiter"'
_HASH_HELP = "0x and 64 hexadecimal digits"

Name = Annotated[str, Field(min_length=1, max_length=80)]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Units = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,38})$")]  # more than 2^53 is no number in JSON
Hash = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]
Seconds = Annotated[int, Field(ge=0, lt=1 << 53)]
Target = Annotated[int, Field(ge=1, le=MAX_STEPS)] | Literal["done", "refund", "arbiter"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PartyEntry(_Entry):
    """Who takes part."""

    name: Name = Field(description="a name of 1 to 80 characters")
    address: Address = Field(description=_ADDRESS_HELP)
    deposit: Units = Field(description=_UNITS_HELP)


class DueEntry(_Entry):
    """Until when a step is on time."""

    origin: Literal["step_before", "activation", "date"] = Field(
        alias="from", description='what the time counts from: "step_before", "activation" or "date"'
    )
    seconds: Seconds = Field(description='a whole number of seconds; with "date" a Unix timestamp')


class LateEntry(_Entry):
    """How late a step can be done, and what that costs."""

    days: int = Field(ge=0, lt=1 << 16, description="a number of days, at most 65535")
    penalty_per_day: Units = Field(description=_UNITS_HELP)
    payer: Name | None = Field(alias="from", description=f"{_PARTY_HELP}, or null where there is no penalty")
    payee: Name | None = Field(alias="to", description=f"{_PARTY_HELP}, or null where there is no penalty")


class PaymentEntry(_Entry):
    """What a step pays when it is done."""

    payer: Name = Field(alias="from", description=f'{_PARTY_HELP} whose deposit pays, or "everyone"')
    payee: Name = Field(alias="to", description=_PARTY_HELP)
    amount: Units | Literal["rest"] = Field(description=f'{_UNITS_HELP}, or "rest"')


class StepEntry(_Entry):
    """Who acts, until when, what must be shown, what is paid, and what follows."""

    verb: Literal["receive", "accept", "pay", "grant", "revoke", "attest", "net"] = Field(
        description=f"what the step is: {', '.join(verb.name.lower() for verb in Verb)}"
    )
    actor: Name = Field(description=_PARTY_HELP)
    due: DueEntry = Field(description='an object of "from" and "seconds"')
    late: LateEntry | None = Field(description="an object of days, penalty_per_day, from and to, or null")
    evidence: bool = Field(description="true if the actor must show a hash, else false")
    witnesses: tuple[Name, ...] = Field(max_length=MAX_PARTIES, description="a list of names of parties")
    quorum: int = Field(ge=0, le=MAX_PARTIES, description="how many of the witnesses must attest")
    payments: tuple[PaymentEntry, ...] = Field(max_length=MAX_PAYMENTS, description="a list of at most four payments")
    on_done: Target = Field(description=_TARGET_HELP)
    on_timeout: Target = Field(description=_TARGET_HELP)
    on_refusal: Target | Literal["never"] = Field(description=f'{_TARGET_HELP}, or "never"')


class PlanDocument(_Entry):
    """An agreement that a contract can enforce, as `PlanBook` has it."""

    kind: str = Field(pattern=r"^[!-~]([ -~]{0,30}[!-~])?$", description="a word for the kind of agreement, in ASCII")
    token: Address | None = Field(description=f"{_ADDRESS_HELP}, or null where nothing is deposited")
    parties: tuple[PartyEntry, ...] = Field(min_length=1, max_length=MAX_PARTIES, description="1 to 16 parties")
    arbiter: Name | None = Field(description=f"{_PARTY_HELP}, or null")
    arbiter_seconds: Seconds = Field(description="a whole number of seconds, 0 where there is no arbiter")
    join_by_seconds: Seconds = Field(description="a Unix timestamp")
    steps: tuple[StepEntry, ...] = Field(min_length=1, max_length=MAX_STEPS, description="1 to 16 steps")
    terms_hash: Hash = Field(description=_HASH_HELP)
    model_hash: Hash = Field(description=_HASH_HELP)
    salt: str = Field(pattern=r"^0x[0-9a-fA-F]{1,64}$", description="0x and 1 to 64 hexadecimal digits")
    sources: dict[str, tuple[str, ...]] | None = Field(
        default=None,
        description="the clauses that the plan was made of: lists of texts, by the number of a step or by a field",
    )


def schema() -> dict[str, Any]:
    """The JSON schema of such a file, draft 2020-12."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PlanDocument.model_json_schema()}
