"""What shares of a pool are worth: the twin of `contracts/libraries/PoolShares.sol`."""

_NOBODYS_SHARES, _NOBODYS_AMOUNT = 1_000, 1


def shares_for(amount: int, assets: int, shares: int) -> int:
    """Shares for an amount that comes to a pool worth `assets`, rounded down."""
    return amount * (shares + _NOBODYS_SHARES) // (assets + _NOBODYS_AMOUNT)


def amount_for(given: int, assets: int, shares: int) -> int:
    """The amount for shares that leave a pool worth `assets`, rounded down."""
    return given * (assets + _NOBODYS_AMOUNT) // (shares + _NOBODYS_SHARES)
