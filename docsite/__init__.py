"""The documentation's site: what of it is generated from code, and the scripts that it needs.

A room at the top of all others, since references read every one of them. It is not in the wheel: nothing that runs
needs it, and it needs nothing that users would have to install.
"""
