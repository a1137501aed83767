"""The engines that there are: a line for each."""

from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.pos.terms import StakeTerms
from oracle.engines.pow.terms import WorkTerms
from oracle.engines.terms import Terms

_ALL: tuple[type[Terms], ...] = (WorkTerms, StakeTerms, DelegateTerms)

ENGINES = {terms.engine: terms for terms in _ALL}
LEDGERS = {terms.contract: terms for terms in _ALL}
