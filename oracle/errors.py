"""Exceptions, as one tree. Every message is one sentence that names the culprit and the remedy.

CatalystError
├── InputError              what the user gave cannot be used; the command line exits with 2
│   ├── SettingsError       an option, environment variable or key file
│   │   └── FeesTooHigh     a transaction needs more per gas than it may bid
│   ├── BundleError         a model bundle is missing, malformed or not what its manifest says
│   ├── NoRoute             no route serves an objective now; says what is in the way
│   ├── BlocksFileError     a file of recorded blocks cannot be read; names the line
│   ├── ConnectionFailed    the node cannot be reached or does not answer as JSON-RPC
│   │   ├── FalseAnswer     what it says of a block is disproved by the block's own header
│   │   ├── ReadReverted    a contract reverts a read there; carries the name of its error
│   │   ├── ChainReplaced   it serves another chain than before
│   │   ├── BackendsDisagree    two nodes have different blocks where blocks count as settled
│   │   └── InsufficientFunds   it refuses a transaction that its sender cannot pay; names account, has and needs
│   ├── SignerFailed        a remote signer refuses, or gives what was not asked for
│   │   └── SignerAway      it does not answer
│   ├── NodeAway            an IPFS node does not answer, or refuses; carries its status
│   ├── WrongBytes          an IPFS node serves bytes that are not those of the CID
│   └── DeploymentError     the deployment file and the chain disagree
├── DeploymentDiffers       a contract on the chain is not what its record says; exit 1
├── ChainReorganised        blocks read do not link by parent hash; read again
├── UnknownNode             no node has this index
├── JournalFailed           the journal on disk cannot be read or written now
├── AlreadySigned           an operator would have to sign a second report for an epoch and a reference block
├── ReportRefused           the contract refuses a report; carries its decoded reason
├── CallRefused             a contract would refuse a call, so it was not sent; carries the decoded reason
├── TransactionFailed       a transaction was not mined in time; carries its hash
│   └── TransactionReverted it was mined and reverted
├── WriteFailed             a result cannot be written, though it could be before the work
└── FormulaMismatch         the chain returned a value that the formulas do not give; exit 1
"""


class CatalystError(Exception):
    """Root of all errors this project raises on purpose."""


class InputError(CatalystError):
    """What the user gave cannot be used."""


class SettingsError(InputError):
    """An option, environment variable or key file is missing or wrong."""


class FeesTooHigh(SettingsError):
    """A transaction needs more per gas now than it may bid."""


class BundleError(InputError):
    """A model bundle is missing, malformed or not what its manifest says."""


class NoRoute(InputError):
    """No route between chains serves an objective now."""


class BlocksFileError(InputError):
    """A file of recorded blocks cannot be read."""


class ConnectionFailed(InputError):
    """The node cannot be reached, or what answers is no JSON-RPC node."""


class FalseAnswer(ConnectionFailed):
    """What a node says of a block is disproved by the block's own header."""


class ReadReverted(ConnectionFailed):
    """A contract reverts a read where it stands."""

    def __init__(self, message: str, error: str) -> None:
        """`error` is the name of the contract's error, or its data in hexadecimal where no ABI has it."""
        super().__init__(message)
        self.error = error


class StatePruned(ConnectionFailed):
    """A node does not keep the state of a block that old."""


class ChainReplaced(ConnectionFailed):
    """A node serves another chain than before, at the same address."""


class BackendsDisagree(ConnectionFailed):
    """Two nodes of one chain have different blocks where blocks count as settled."""


class InsufficientFunds(ConnectionFailed):
    """The node refuses a transaction that its sender cannot pay."""


class SignerFailed(InputError):
    """A remote signer refuses to sign, or what it gives is not what was asked for."""


class SignerAway(SignerFailed):
    """A remote signer does not answer."""


class NodeAway(InputError):
    """An IPFS node does not answer, or refuses; `status` is that of HTTP, 0 where nothing came."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class WrongBytes(InputError):
    """An IPFS node serves bytes that are not those of the CID."""


class DeploymentError(InputError):
    """The deployment file and the chain disagree."""


class DeploymentDiffers(CatalystError):
    """A contract on the chain is not what the record of its deployment says."""


class ChainReorganised(CatalystError):
    """Blocks read one after the other do not link by parent hash."""


class UnknownNode(CatalystError):
    """No node has this index."""


class JournalFailed(CatalystError):
    """The journal on disk cannot be read or written now."""


class AlreadySigned(CatalystError):
    """An operator would have to sign a second report for an epoch and a reference block."""


class ReportRefused(CatalystError):
    """The contract refuses a report."""


class CallRefused(CatalystError):
    """A contract would refuse a call, so it was not sent."""

    def __init__(self, message: str, error: str, arguments: tuple[object, ...] = ()) -> None:
        """`error` is the name of the contract's error, or what the node says where it has none."""
        super().__init__(message)
        self.error, self.arguments = error, arguments


class TransactionFailed(CatalystError):
    """A transaction did not do what it was sent for."""


class TransactionReverted(TransactionFailed):
    """A mined transaction reverted."""


class WriteFailed(CatalystError):
    """A result cannot be written, though it could be before the work."""


class FormulaMismatch(CatalystError):
    """The chain returned a value that the formulas do not give."""
