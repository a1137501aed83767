"""A world of three Anvils for the tests of this folder."""

from tests.crossing.conftest import beginning, cast, stage, world

__all__ = ["beginning", "cast", "stage", "world"]
