"""What the contracts guarantee; `docs/contracts.md` says which test holds which guarantee."""

import pytest

# Its assertions then show both sides, as those of test files do.
pytest.register_assert_rewrite("tests.contracts.stage")
