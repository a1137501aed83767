"""The address that is nobody's."""

ZERO_ADDRESS = "0x" + "00" * 20
COIN = ZERO_ADDRESS  # where a token's address is asked for: the chain's coin
