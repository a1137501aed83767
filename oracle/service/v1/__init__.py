"""Version 1 of the HTTP interface: what each path answers. Nothing here waits for the node or for a step."""
