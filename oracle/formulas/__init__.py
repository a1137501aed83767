"""The design's formulas in exact or high-precision Python: twins of the Solidity libraries."""
