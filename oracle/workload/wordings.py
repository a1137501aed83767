"""The words that generated transactions carry.

Texts fall into phrase families, so that some families can be kept out of training: what a policy makes of them then
tells whether it reads meaning or has learnt sentences by heart. All of it is invented.
"""

from dataclasses import dataclass

from oracle.workload.kinds import Kind


@dataclass(frozen=True)
class PhraseFamily:
    """What flash crowds of one sort are about."""

    crowd: dict[Kind, float]  # what the crowd does: kinds and their shares of what comes on top
    announcements: tuple[str, ...]  # in notes and memos
    prepared_by: Kind  # the preparatory transactions: a kind that carries words
    preparations: tuple[str, ...]  # what those say
    cancellations: tuple[str, ...]  # what all three say once the event is called off


# Said of many events; families that training never sees have words of their own alone.
_CALLED_OFF = (
    "the {thing} event is cancelled, nothing will start",
    "postponed until further notice: no {thing} today",
    "called off: please do not send transactions for {thing}",
    "we regret that {thing} does not take place",
    "no launch today, the {thing} plan was withdrawn",
    "false alarm about {thing}, it will not happen",
    "stand down, {thing} is off",
    "{count} {thing} will not come after all, sorry",
)

# {thing}, {when} and {count} are filled in.
FAMILIES: dict[str, PhraseFamily] = {
    "sale": PhraseFamily(
        crowd={Kind.PAYMENT: 3, Kind.TOKEN_TRANSFER: 2, Kind.APPROVAL: 2, Kind.MINT: 3},
        announcements=(
            "public sale of {thing} opens {when}, get ready",
            "{thing} sale starts {when}: first come first served",
            "reminder: the sale of {count} {thing} begins {when}",
            "our sale goes live {when}, prepare your wallets",
            "doors to the {thing} shop open {when}",
            "{count} {thing} on offer {when}, while stocks last",
        ),
        prepared_by=Kind.SUPPLY_STEP,
        preparations=(
            "{count} {thing} stocked for the sale {when}",
            "{thing} moved to the shop floor, selling starts {when}",
            "price tags on {thing} set, doors open {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "the sale has been scrapped, our doors stay shut",
            "nothing on offer: the {thing} sale is dropped",
        ),
    ),
    "mint": PhraseFamily(
        crowd={Kind.MINT: 8, Kind.APPROVAL: 2},
        announcements=(
            "minting of {thing} opens {when}, {count} pieces only",
            "free mint for everyone {when}, be quick",
            "allow list closed, public mint of {thing} {when}",
            "mint day: {thing} can be minted {when}",
            "{count} new {thing} to be minted {when}",
        ),
        prepared_by=Kind.RECORD_ACCESS,
        preparations=(
            "artwork of {thing} unlocked for the mint {when}",
            "allow list of {count} read, minting opens {when}",
            "metadata of {thing} checked, mint is on {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "the mint is abandoned, no {thing} will be made",
            "artwork withdrawn, minting does not open",
        ),
    ),
    "airdrop": PhraseFamily(
        crowd={Kind.MINT: 4, Kind.TOKEN_TRANSFER: 4, Kind.SWAP: 2},
        announcements=(
            "airdrop claim for {thing} opens {when}",
            "claim your {thing} airdrop {when}, {count} winners",
            "snapshot taken, claiming starts {when}",
            "free {thing} for {count} wallets {when}",
            "rewards of the season can be claimed {when}",
        ),
        prepared_by=Kind.SETTLEMENT,
        preparations=(
            "airdrop pot of {thing} paid in, claims open {when}",
            "rewards of {count} wallets funded, claim {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "there will be no airdrop, claims stay closed",
            "season rewards are struck out, nothing to claim",
        ),
    ),
    "auction": PhraseFamily(
        crowd={Kind.PAYMENT: 4, Kind.APPROVAL: 3, Kind.TOKEN_TRANSFER: 3},
        announcements=(
            "auction of {thing} starts {when}, bidding is open to all",
            "bidding for {count} lots of {thing} begins {when}",
            "the big {thing} auction is {when}",
            "hammer falls {when}: place your bids for {thing}",
        ),
        prepared_by=Kind.SUPPLY_STEP,
        preparations=(
            "{count} lots of {thing} moved to the auction hall for {when}",
            "catalogue of {thing} closed, bidding begins {when}",
        ),
        cancellations=(
            "auction withdrawn: no bids will be taken",
            "the lots were pulled, bidding never opens",
            "hammer stays down, the {thing} auction is void",
            "seller backed out, forget about bidding",
        ),
    ),
    "settlement": PhraseFamily(
        crowd={Kind.SETTLEMENT: 7, Kind.PAYMENT: 3},
        announcements=(
            "batch settlement of {count} invoices will be submitted {when}",
            "month end payout to {count} suppliers starts {when}",
            "payroll run for {count} employees {when}",
            "quarterly dividends are paid out {when}",
            "clearing of {count} positions begins {when}",
        ),
        prepared_by=Kind.SETTLEMENT,
        preparations=(
            "batch of {count} invoices prepared, submission {when}",
            "payout account funded, {count} payments follow {when}",
            "payroll file approved, transfers start {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "payout run stopped, {count} invoices stay open",
            "batch rejected by the bank, no transfers follow",
        ),
    ),
    "migration": PhraseFamily(
        crowd={Kind.SWAP: 6, Kind.APPROVAL: 4},
        announcements=(
            "all holders must migrate to the new {thing} contract {when}",
            "token swap from old to new {thing} opens {when}",
            "bridge reopens {when}, expect heavy traffic",
            "withdrawals from the old {thing} vault open to all {when}",
        ),
        prepared_by=Kind.RECORD_ACCESS,
        preparations=(
            "balances of old {thing} read, conversion opens {when}",
            "snapshot of {count} holders verified, migration {when}",
        ),
        cancellations=(
            "the move to the new {thing} contract is shelved",
            "conversion aborted, keep your old {thing}",
            "bridge stays closed after all, nobody has to swap",
            "upgrade vetoed: holders need not do anything",
        ),
    ),
    "delivery": PhraseFamily(
        crowd={Kind.SUPPLY_STEP: 8, Kind.SETTLEMENT: 2},
        announcements=(
            "ship with {count} containers docks {when}, unloading at once",
            "harvest comes in {when}: {count} lots to be booked",
            "fleet of {count} trucks arrives {when}, all gates open",
            "peak shift: {count} parcels to be scanned {when}",
        ),
        prepared_by=Kind.SUPPLY_STEP,
        preparations=(
            "{count} lots on their way, arrival and booking {when}",
            "berth cleared, {count} containers unload {when}",
            "all scanners charged for the {count} parcels due {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "ship turned back, {count} containers are not unloading",
            "trucks recalled, no parcels arrive",
        ),
    ),
    "fundraiser": PhraseFamily(
        crowd={Kind.DONATION: 8, Kind.PAYMENT: 2},
        announcements=(
            "donation marathon for {thing} starts {when}, tell everyone",
            "every gift is doubled {when}, be ready to give",
            "telethon goes on air {when}, {count} donors expected",
            "relief appeal opens {when}, please all donate then",
        ),
        prepared_by=Kind.DONATION,
        preparations=(
            "matching fund of {count} paid in, the marathon begins {when}",
            "first gift made, appeal opens to everyone {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "the appeal is dropped, please give nothing",
            "marathon rained off, no donations taken",
        ),
    ),
    "trading": PhraseFamily(
        crowd={Kind.SWAP: 7, Kind.APPROVAL: 3},
        announcements=(
            "trading of {thing} opens {when}, liquidity is in",
            "{thing} pool launches {when}, expect a rush of swaps",
            "lock-up of {count} {thing} ends {when}",
            "listing of {thing} goes live {when}",
        ),
        prepared_by=Kind.SETTLEMENT,
        preparations=(
            "liquidity for {thing} paid in, trading opens {when}",
            "unlock of {count} {thing} scheduled {when}",
        ),
        cancellations=(
            *_CALLED_OFF,
            "listing refused, {thing} will not trade",
            "pool launch halted for good, liquidity was taken out",
        ),
    ),
    "audit": PhraseFamily(
        crowd={Kind.RECORD_ACCESS: 8, Kind.PAYMENT: 2},
        announcements=(
            "all {count} clinics read their patient files {when}",
            "yearly audit opens every file {when}",
            "exam results of {count} students can be viewed {when}",
        ),
        prepared_by=Kind.RECORD_ACCESS,
        preparations=(
            "index of {count} files built, viewing opens {when}",
            "archive unlocked for the audit {when}",
        ),
        cancellations=(
            "inspection waived, files stay sealed",
            "the audit is no longer needed, nobody reads anything",
            "results withheld, there is nothing to view",
        ),
    ),
}

# What people write at any time. Some of it speaks of crowds that are over, some of a time to come that brings none.
CHATTER: dict[Kind, tuple[str, ...]] = {
    Kind.NOTE: (
        "thanks for lunch",
        "happy birthday from all of us",
        "rent for this month",
        "goodbye and thanks for all the fish",
        "vote yes on proposal {count}",
        "share of the electricity bill",
        "meeting notes are archived",
        "certificate {count} renewed",
        "the sale was yesterday and went well",
        "we minted {count} pieces last week, thanks to all",
        "auction results are published in the archive",
        "supplier payout of last month completed",
        "that migration finished long ago",
        "last week's airdrop of {thing} has been claimed by all",
        "trading of {thing} was quiet this year",
        "see you {when} at the usual place",
        "call me back {when}",
        "the office closes {when}, have a good evening",
        "the {thing} magazine comes out {when}",
        "my bus leaves {when}",
    ),
    Kind.SETTLEMENT: (
        "invoice {count} settled",
        "refund for order {count}",
        "rent of unit {count} settled",
        "wages of last month settled",
        "insurance premium {count} paid",
        "final instalment for {thing}",
        "credit note {count}, due {when}",
    ),
    Kind.SUPPLY_STEP: (
        "order {count} has left the warehouse",
        "pallet {count} received in good condition",
        "temperature of container {count} within range",
        "lot {count} of {thing} passed inspection",
        "customs papers of lot {count} stamped",
        "parcel {count} to be delivered {when}",
    ),
    Kind.DONATION: (
        "donation for the animal shelter",
        "for the village library",
        "in memory of a friend",
        "keep up the good work",
        "monthly gift number {count}",
    ),
    Kind.RECORD_ACCESS: (
        "record {count} read by the clinic",
        "diploma {count} verified for an employer",
        "land title {count} inspected",
        "vaccination record {count} shown at the border",
        "blood values read, next check {when}",
    ),
}

THINGS = (
    "moonbirds",
    "harbour tickets",
    "solar shares",
    "genesis badges",
    "season passes",
    "orchid tokens",
    "vintage wine",
)
# What people call a time, by how many blocks ahead it lies at least. Announcements mean what they say.
WHENS: dict[int, tuple[str, ...]] = {
    20: ("later on", "in a good while", "later in the day", "not long after noon", "in {count} blocks or so"),
    8: ("soon", "shortly", "within the hour", "before long", "in about {count} blocks"),
    0: ("any moment now", "very soon", "in a few minutes", "right away", "in just {count} blocks"),
}

# Families that training never sees, nor how they are called off; evaluation reads them as unseen wordings.
HELD_OUT_FAMILIES = frozenset({"auction", "migration", "audit"})
