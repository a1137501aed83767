"""Where files are kept and how often: what a file is, which nodes hold it, and how that follows the network.

Pure: nothing here speaks to a chain or to a node. A model reads, a solver decides (`placement`), and what is
observed later moves replicas (`following`).
"""
