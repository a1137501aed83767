"""Free TCP ports of this machine, for servers that are about to start."""

import random
import socket

# Below the ports that systems lend to outgoing connections (from 32768 on Linux, from 49152 elsewhere): such a
# connection would take a port between our look at it and the server's start.
_PORTS = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface, all different, that nothing listens on now."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if len(found) == count:
            break
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    return found


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]
