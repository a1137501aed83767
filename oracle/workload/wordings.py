"""The words that generated transactions carry.

Texts fall into phrase families, so that some families can be kept out of training: what a policy makes of them then
tells whether it reads meaning or has learnt sentences by heart. All of it is invented.
"""

# Announcements of a flash crowd to come. {thing}, {when} and {count} are filled in.
ANNOUNCEMENTS: dict[str, tuple[str, ...]] = {
    "sale": (
        "public sale of {thing} opens {when}, get ready",
        "{thing} sale starts {when}: first come first served",
        "reminder: the sale of {count} {thing} begins {when}",
        "our sale goes live {when}, prepare your wallets",
    ),
    "mint": (
        "minting of {thing} opens {when}, {count} pieces only",
        "free mint for everyone {when}, be quick",
        "allow list closed, public mint of {thing} {when}",
        "mint day: {thing} can be minted {when}",
    ),
    "airdrop": (
        "airdrop claim for {thing} opens {when}",
        "claim your {thing} airdrop {when}, {count} winners",
        "snapshot taken, claiming starts {when}",
    ),
    "auction": (
        "auction of {thing} starts {when}, bidding is open to all",
        "bidding for {count} lots of {thing} begins {when}",
        "the big {thing} auction is {when}",
    ),
    "settlement": (
        "batch settlement of {count} invoices will be submitted {when}",
        "month end payout to {count} suppliers starts {when}",
        "payroll run for {count} employees {when}",
    ),
    "migration": (
        "all holders must migrate to the new {thing} contract {when}",
        "token swap from old to new {thing} opens {when}",
        "bridge reopens {when}, expect heavy traffic",
    ),
}

# The same families, called off.
CANCELLATIONS: tuple[str, ...] = (
    "the {thing} event is cancelled, nothing will start",
    "postponed until further notice: no {thing} today",
    "called off: please do not send transactions for {thing}",
    "we regret that {thing} does not take place",
    "no launch today, the {thing} plan was withdrawn",
)

# What people write at any time.
CHATTER: tuple[str, ...] = (
    "thanks for lunch",
    "invoice {count} paid",
    "happy birthday from all of us",
    "rent for this month",
    "order {count} has left the warehouse",
    "pallet {count} received in good condition",
    "donation for the animal shelter",
    "record {count} read by the clinic",
    "temperature of container {count} within range",
    "goodbye and thanks for all the fish",
    "refund for order {count}",
    "vote yes on proposal {count}",
    "share of the electricity bill",
    "meeting notes are archived",
    "certificate {count} renewed",
    "the sale was yesterday and went well",
    "we minted {count} pieces last week, thanks to all",
    "auction results are published in the archive",
    "supplier payout of last month completed",
    "that migration finished long ago",
)

THINGS = (
    "moonbirds",
    "harbour tickets",
    "solar shares",
    "genesis badges",
    "season passes",
    "orchid tokens",
    "vintage wine",
)
WHENS = ("soon", "shortly", "in a few minutes", "within the hour", "in {count} blocks", "very soon", "any moment now")

# Families that training never sees; evaluation reads them as unseen wordings.
HELD_OUT_FAMILIES = frozenset({"auction", "migration"})
