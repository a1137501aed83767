"""What a bridge's contract does not allow."""

from oracle.errors import InputError


class Refused(InputError):
    """A bridge does not allow this now; `name` is the contract's error."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bridge refuses: {name}")
        self.name = name
