"""`python -m oracle` is `catalyst`."""

from oracle.cli import main

main()
