"""From where a request comes when proxies stand in front: what they say counts only if they are trusted.

Anybody may send ``X-Forwarded-For``; each proxy appends the address it saw. So the list is read from the right, and
only as far as trusted proxies wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class Proxies:
    """The proxies that are trusted, as addresses or networks; none: the peer is the client."""

    def __init__(self, trusted: Collection[str]) -> None:
        self._networks = tuple(ip_network(each) for each in trusted)

    def client(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The right-most address that is no trusted proxy's; the peer's where a header is malformed."""
        if not self._networks:
            return peer
        found = _address(peer)
        if found is None or not self._is_trusted(found):
            return peer
        said = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        if not said.strip():
            return peer
        for each in reversed(said.decode("latin-1").split(",")):
            found = _address(each.strip(" \t"))
            if found is None:
                return peer
            if not self._is_trusted(found):
                break
        return str(found)

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or (None if found.scope_id else found)
    return found
