"""What decides phi: the policy of a bundle, and the classical controllers that it is compared with."""
