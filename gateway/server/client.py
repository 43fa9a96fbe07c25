"""Who a limit counts as one client: an IPv4 address, or the network of 64 bits that an IPv6 subscriber gets.

Behind a proxy the address is what ``X-Forwarded-For`` says, if the proxy is one of ``FORWARDED_ALLOW_IPS`` (uvicorn
replaces the peer's address then; by default it trusts this machine only).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection

SUBSCRIBER_BITS = 64


def client_of(connection: HTTPConnection) -> str:
    """Return the client that a request or socket comes from; empty where there is no address."""
    return client_key(connection.client.host) if connection.client else ""


def client_key(address: str) -> str:
    """Return what counts as one client with ``address``; text that is no address stands for itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), SUBSCRIBER_BITS), strict=False))


@dataclass(frozen=True, slots=True)
class Proxies:
    """The peers that ``FORWARDED_ALLOW_IPS`` names: each of their connections may carry anybody's requests.

    Unset it names nobody, so that the caps hold for this machine too.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    everybody: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Proxies":
        """Read the variable as uvicorn does: addresses and networks by commas, or ``*``."""
        networks = []
        items = [item.strip() for item in environment.get("FORWARDED_ALLOW_IPS", "").split(",")]
        for item in items:
            try:
                networks.append(ip_network(item, strict=False))
            except ValueError:
                continue
        return cls(tuple(networks), "*" in items)

    def __contains__(self, address: str) -> bool:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if found.version == 6 and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return self.everybody or any(found in network for network in self.networks)
