"""Gain and constant of the classical feedback, phi = constant + gain * backlog in full blocks.

Beside the policy, which begins from the same feedback, and apart from it: who runs the feedback alone loads no model.
"""

FEEDBACK_GAIN, FEEDBACK_CONSTANT = 0.4, 0.05
