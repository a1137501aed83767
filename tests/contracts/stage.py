"""The three contracts on a chain of our own, the keys of everyone who may call them, and one mined block per call."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from typing import Any

from eth.vm.base import VM
from eth_abi.abi import decode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_canonical_address, to_checksum_address
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import ContractCustomError
from web3.types import TxParams, TxReceipt, Wei

from deploy.deployer import Deployer
from deploy.parameters import limits_for
from oracle.chain.anvil import AnvilChain
from oracle.chain.artefacts import artefact
from oracle.chain.contracts import Addresses, Contracts
from oracle.chain.deployment import new_deployment
from oracle.chain.embedded import EmbeddedChain
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.limits import Limits, Moment, is_spaced
from oracle.report.signing import Report, SignedReport, sign_report
from oracle.window.window import Nodes
from tests.trust.signing import address
from tests.web3_contract import web3_contract

WAD = 10**18
GENESIS_TIMESTAMP_SECONDS = 1_767_225_600
BLOCK_SECONDS = 10
# EIP-7825's cap: what a call on a current chain may use.
MAX_TRANSACTION_GAS = 1 << 24
MODEL_HASH = bytes(keccak(b"model"))
WINDOW_HASH = bytes(keccak(b"window"))
MAX_INT256 = (1 << 255) - 1
MAX_UINT256 = (1 << 256) - 1
# 2^15 in each lane: words of phi are stored XOR this.
BIAS = int("8000" * 16, 16)
ZERO_ADDRESS = "0x" + "00" * 20

THETA_MIN_WAD = WAD // 10
THETA_MAX_WAD = WAD
NODE_COUNT = 20
# From 0.2 up, no two alike, none a whole number of lane units away from a bound unless a test makes it so.
THETA0_WAD = tuple(2 * 10**17 + 3 * 10**16 * node + node for node in range(NODE_COUNT))
# Tests count on these; a limit that is not named here is a deployment's.
LIMITS = replace(
    limits_for(BLOCK_SECONDS),
    max_phi_lane=6000,
    max_step_lane=2500,
    max_sum_ratio_bps=11_000,
    min_spacing_blocks=3,
    max_age_seconds=600,
    relax_period_seconds=100,
)
# No bound but the lane's own 16 bits: for tests of what holds beside these limits.
WIDE = replace(LIMITS, max_phi_lane=32_767, max_step_lane=65_535, max_sum_ratio_bps=(1 << 32) - 1, min_spacing_blocks=0)
THRESHOLD = 3
ANCHOR_DIFFICULTY = (1 << 20) * NODE_COUNT
HALF_LIFE_SECONDS = 288 * BLOCK_SECONDS


def account(number: int) -> LocalAccount:
    """The account whose private key is `number`; eth-tester gives those of 1 to 10 money."""
    made: LocalAccount = Account.from_key(number.to_bytes(32, "big"))
    return made


GUARDIAN = account(2)
STRANGER = account(3)
NEW_OWNER = account(4)
OPERATORS = tuple(account(1000 + index) for index in range(5))


@cache
def miner(node: int) -> str:
    """The mining key of node `node`, as `account(5000 + node)` has it."""
    return str(to_checksum_address(address(5000 + node)))


Call = ContractFunction | ContractConstructor


@dataclass(frozen=True)
class Failure:
    """A custom error as a call raised it."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Event:
    """A log as a contract of ours emitted it."""

    name: str
    arguments: dict[str, Any]


class Stage:
    """One deployment and its clock: blocks come by the calls made here, `BLOCK_SECONDS` apart unless told otherwise."""

    def __init__(self, blocks: EmbeddedChain | AnvilChain, contracts: Contracts, operators: Sequence[LocalAccount]):
        self.blocks = blocks
        self.chain = blocks.chain
        self.contracts = contracts
        self.oracle = web3_contract(self.chain, "PhiOracle", contracts.addresses.oracle)
        self.controller = web3_contract(self.chain, "DifficultyController", contracts.addresses.controller)
        self.owner: LocalAccount = Account.from_key(blocks.faucet_key)
        self.operators = tuple(operators)

    # The clock

    @property
    def head(self) -> int:
        """Number of the latest block."""
        return self.chain.head()

    @property
    def now(self) -> int:
        """Timestamp of the latest block."""
        return self.chain.timestamp(self.head)

    def mine(self, count: int = 1, *, at: int | None = None) -> None:
        """Produce blocks, the first of them stamped `at`."""
        for _ in range(count):
            self.blocks.produce_block(self.now + BLOCK_SECONDS if at is None else at)
            at = None

    # Calls that change state

    def pool(self, call: Call, *, sender: LocalAccount | None = None) -> bytes:
        """Send a transaction without mining it; its hash."""
        sender = sender or self.owner
        fields: TxParams = {
            "from": sender.address,
            "nonce": self.chain._w3.eth.get_transaction_count(sender.address),
            "gas": MAX_TRANSACTION_GAS,
            "maxFeePerGas": Wei(10 * 10**9),  # a fixed price far above the base fee of near-empty blocks
            "maxPriorityFeePerGas": Wei(10**9),
            "chainId": self.chain.chain_id,
            "value": Wei(0),
        }
        transaction: Any = call.build_transaction(fields)  # web3 and eth-account type the same dictionary apart
        signed = sender.sign_transaction(transaction)
        self.chain.send_raw(bytes(signed.raw_transaction), bytes(signed.hash))
        return bytes(signed.hash)

    def attempt(self, call: Call, *, sender: LocalAccount | None = None, at: int | None = None) -> TxReceipt:
        """Mine one block with one transaction, which may revert; its receipt."""
        transaction_hash = self.pool(call, sender=sender)
        self.mine(at=at)
        return self.receipt(transaction_hash)

    def receipt(self, transaction_hash: bytes) -> TxReceipt:
        """The receipt of a transaction that was mined."""
        found = self.chain.receipt(transaction_hash)
        assert found is not None
        return found

    def send(self, call: Call, *, sender: LocalAccount | None = None, at: int | None = None) -> TxReceipt:
        """As `attempt`, for a call that must succeed."""
        receipt = self.attempt(call, sender=sender, at=at)
        assert receipt["status"] == 1, self.failure(call, sender=sender)
        return receipt

    def failure(self, call: Call, *, sender: LocalAccount | None = None) -> Failure | None:
        """What `call` reverts with in the latest block's context: number, timestamp and state. None: it does not."""
        request: TxParams = {"from": (sender or self.owner).address, "gas": MAX_TRANSACTION_GAS}
        if isinstance(call, ContractConstructor):
            request["data"] = call.data_in_transaction
        else:
            request["to"] = call.address
            request["data"] = call._encode_transaction_data()
        try:
            self.chain._w3.eth.call(request)
        except ContractCustomError as error:
            return decode_failure(bytes.fromhex(str(error.data).removeprefix("0x")))
        return None

    def assert_reverts(
        self, call: Call, name: str, *arguments: Any, sender: LocalAccount | None = None, at: int | None = None
    ) -> None:
        """`call`, mined, reverts with exactly this error and leaves every storage slot as it was."""
        before = self.storage_roots()
        receipt = self.attempt(call, sender=sender, at=at)
        assert receipt["status"] == 0, f"the call was meant to revert with {name}"
        assert receipt["logs"] == []
        # A reverted transaction changed nothing the contract reads, so a repetition after it tells its reason.
        assert self.failure(call, sender=sender) == Failure(name, arguments)
        assert self.storage_roots() == before

    def storage_roots(self) -> tuple[bytes, ...]:
        """What commits to every storage slot of the contracts."""
        addresses = (self.contracts.addresses.oracle, self.contracts.addresses.controller)
        if isinstance(self.blocks, AnvilChain):
            proofs = [self.chain.request("eth_getProof", [address, [], "latest"]) for address in addresses]
            return tuple(bytes.fromhex(proof["storageHash"][2:]) for proof in proofs)
        evm_chain = self.blocks._tester.backend.chain
        vm: VM = evm_chain.get_vm(at_header=evm_chain.get_canonical_head())
        return tuple(
            bytes(vm.state._account_db._get_account(to_canonical_address(address)).storage_root)  # type: ignore[attr-defined]
            for address in addresses
        )

    # Deployments

    def constructor(self, name: str, *arguments: Any) -> ContractConstructor:
        """The call that deploys contract `name`."""
        loaded = artefact(name)
        return self.chain._w3.eth.contract(abi=loaded["abi"], bytecode=loaded["bytecode"]).constructor(*arguments)

    def deploy(self, name: str, *arguments: Any) -> Contract:
        """A further contract of ours."""
        receipt = self.send(self.constructor(name, *arguments))
        address = receipt["contractAddress"]
        assert address is not None
        return web3_contract(self.chain, name, address)

    def assert_deployment_reverts(self, constructor: ContractConstructor, name: str, *arguments: Any) -> None:
        """Deploying reverts with exactly this error."""
        assert self.attempt(constructor)["status"] == 0
        assert self.failure(constructor) == Failure(name, arguments)

    def second_oracle(self) -> Contract:
        """Another PhiOracle with the same owner, operators and limits."""
        return self.deploy("PhiOracle", *oracle_arguments(self.owner, self.operators))

    # Reports

    def report(self, lanes: Sequence[int], **changes: Any) -> Report:
        """A report that the contract takes in the next block once spaced; with `changes`, what a test makes of it."""
        state = self.contracts.oracle_state()
        valid = Report(
            epoch=state.epoch + 1,
            from_block=state.to_block + 1,
            to_block=self.head,
            deadline=self.now + 1000,
            window_hash=WINDOW_HASH,
            model_hash=state.model_hash,
            phi_hash=phi_hash(pack(lanes)),
        )
        return replace(valid, **changes)

    def sign(
        self,
        report: Report,
        lanes: Sequence[int],
        *,
        signers: Sequence[int] = (0, 1, 2),
        chain_id: int | None = None,
        oracle_address: str | None = None,
    ) -> SignedReport:
        """The report signed by these operators, in their order."""
        return sign_report(
            report,
            lanes,
            committee={index: self.operators[index] for index in signers},
            threshold=len(signers),
            chain_id=self.chain.chain_id if chain_id is None else chain_id,
            oracle_address=oracle_address or self.contracts.addresses.oracle,
        )

    def signed(self, lanes: Sequence[int], *, signers: Sequence[int] = (0, 1, 2), **changes: Any) -> SignedReport:
        """A report with `changes`, signed."""
        return self.sign(self.report(lanes, **changes), lanes, signers=signers)

    def submission(self, signed: SignedReport, *, oracle: Contract | None = None) -> ContractFunction:
        """The call that submits a report as it is, valid or not."""
        call: ContractFunction = (oracle or self.oracle).functions.submitReport(
            astuple(signed.report), [astuple(signature) for signature in signed.signatures], list(signed.phi_words)
        )
        return call

    def space(self) -> None:
        """Mine until the next block may hold a report."""
        to_block = self.contracts.oracle_state().to_block
        while self.head < to_block + 1 or not self.is_spaced(at=self.now + BLOCK_SECONDS):
            self.mine()

    def is_spaced(self, *, at: int) -> bool:
        """Whether the twin of the contract's check lets the next block, stamped `at`, hold a report."""
        state = self.contracts.oracle_state()
        return is_spaced(state.limits, last=state.reported, block=Moment(self.head + 1, at))

    def apply(self, lanes: Sequence[int], *, at: int | None = None) -> TxReceipt:
        """Submit a valid report of `lanes` as soon as spacing allows."""
        self.space()
        return self.send(self.submission(self.signed(lanes)), at=at)

    def assert_report_refused(self, lanes: Sequence[int], name: str, *arguments: Any) -> None:
        """A report of `lanes`, valid in all else, reverts with exactly this error."""
        self.space()
        self.assert_reverts(self.submission(self.signed(lanes)), name, *arguments)

    def set_limits(self, limits: Limits) -> None:
        """The owner sets the bounds on reports."""
        self.send(self.oracle.functions.setLimits(astuple(limits)))

    # Reads

    def nodes(self) -> Nodes:
        """theta_0, lane and standing of every node now."""
        return self.contracts.nodes(self.head)

    def thetas(self) -> list[int]:
        """Theta of every node now."""
        return self.contracts.thetas(self.head)

    def sum_exp_wad(self) -> int:
        """Sum of exp(phi) now."""
        return int(self.oracle.functions.sumExpWad().call())

    def events(self, receipt: TxReceipt) -> list[Event]:
        """The receipt's logs, in order."""
        by_address = {contract.address: contract for contract in (self.oracle, self.controller)}
        found = []
        for log in receipt["logs"]:
            contract = by_address[log["address"]]
            topic = bytes(log["topics"][0])
            entry = next(e for e in contract.abi if e["type"] == "event" and _signature_hash(e) == topic)
            data = contract.events[entry["name"]]().process_log(log)
            found.append(Event(entry["name"], {name: _plain(value) for name, value in data["args"].items()}))
        return found


def decode_failure(data: bytes) -> Failure:
    """Revert data by the errors in the contracts' ABIs.

    Raises:
        AssertionError: it is of none of them.
    """
    contracts = ("PagedPhiOracle", "DifficultyController", "PowLedger", "DifficultyFeed", "ReportPreflight")
    for name in (*contracts, "OwnerTimelock"):
        for entry in artefact(name)["abi"]:
            if entry["type"] == "error" and _signature_hash(entry)[:4] == data[:4]:
                values = decode([collapse_if_tuple(item) for item in entry["inputs"]], data[4:])
                kinds = [item["type"] for item in entry["inputs"]]
                return Failure(
                    entry["name"],
                    tuple(
                        Web3.to_checksum_address(value) if kind == "address" else value
                        for kind, value in zip(kinds, values, strict=True)
                    ),
                )
    raise AssertionError(f"reverted with unknown data 0x{data.hex()}")


def deploy_stage(
    blocks: EmbeddedChain | AnvilChain,
    *,
    theta0_wad: Sequence[int] = THETA0_WAD,
    operators: Sequence[LocalAccount] = OPERATORS,
    threshold: int = THRESHOLD,
    limits: Limits = LIMITS,
    batch: int = 400,
    oracle_name: str = "PhiOracle",
) -> Stage:
    """Deploy the contracts and register one node per theta_0."""
    owner: LocalAccount = Account.from_key(blocks.faucet_key)
    chain = blocks.chain
    # Reads then need not ask eth-tester for its accounts, three times each.
    chain._w3.eth.default_account = owner.address

    def mine() -> None:
        blocks.produce_block(chain.timestamp(chain.head()) + BLOCK_SECONDS)

    deployer = Deployer(chain=chain, account=owner, record=new_deployment(chain, None), mine=mine)
    oracle = deployer.contract(oracle_name, *oracle_arguments(owner, operators, threshold, limits))
    controller = deployer.contract("DifficultyController", oracle, ANCHOR_DIFFICULTY, BLOCK_SECONDS, HALF_LIFE_SECONDS)
    for first in range(0, len(theta0_wad), batch):
        part = list(theta0_wad[first : first + batch])
        deployer.call(oracle_name, "register", [miner(first + i) for i in range(len(part))], part)
    return Stage(blocks, Contracts(chain, Addresses(oracle, controller)), operators)


def oracle_arguments(
    owner: LocalAccount,
    operators: Sequence[LocalAccount] = OPERATORS,
    threshold: int = THRESHOLD,
    limits: Limits = LIMITS,
) -> tuple[Any, ...]:
    """Constructor arguments of PhiOracle."""
    addresses = [operator.address for operator in operators]
    return (
        owner.address,
        THETA_MIN_WAD,
        THETA_MAX_WAD,
        GUARDIAN.address,
        MODEL_HASH,
        addresses,
        threshold,
        astuple(limits),
    )


def _signature_hash(entry: Any) -> bytes:
    types = ",".join(collapse_if_tuple(item) for item in entry["inputs"])
    return bytes(keccak(f"{entry['name']}({types})".encode()))


def _plain(value: Any) -> Any:
    """Values as tests write them: structs as tuples, byte strings as bytes."""
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if hasattr(value, "values"):
        return tuple(_plain(item) for item in value.values())
    return bytes(value) if isinstance(value, bytes) else value
