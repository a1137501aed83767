"""Work spread over processes of this machine, or over the machines of a Ray cluster, by the same code."""
