"""What holds a key: this process, or a service that is asked."""

from typing import Any, Protocol

from eth_account.datastructures import SignedMessage, SignedTransaction


class Signer(Protocol):
    """One key, wherever it is. An account of eth-account is one as it stands."""

    @property
    def address(self) -> str:
        """Of the key, checksummed."""

    def sign_typed_data(self, *, full_message: dict[str, Any]) -> SignedMessage:
        """The signature of an EIP-712 document.

        Raises:
            SignerFailed: the key is not in this process, and what holds it did not sign.
        """

    def sign_transaction(self, fields: dict[str, Any], /) -> SignedTransaction:
        """A transaction of these fields, signed.

        Raises:
            SignerFailed: as above.
        """
