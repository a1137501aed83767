"""How a model is asked: one that was trained to answer needs the sentence alone, any other is told what to do."""

from oracle.plans.generative.causal import Causal
from oracle.plans.generative.question import instructions

Prompt = tuple[list[int], list[int]]  # tokens before a sentence, and after it


def plain_prompt(causal: Causal) -> Prompt:
    """Of a trained model."""
    return causal.start(), causal.tokens("\n")


def told_prompt(causal: Causal) -> Prompt:
    """Of any other model."""
    return causal.chat(instructions())
