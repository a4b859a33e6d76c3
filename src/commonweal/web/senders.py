"""How much one address may send in a day, without knowing whose it is: keyed hashes, in memory only, for a day at most.

Each process counts for itself. The key is made at random when the first one sends and thrown away with all hashes a day
later, so nothing of an address is on a disk, in a log, or known the day after.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field

from commonweal.errors import Busy

DAY = 86_400.0


@dataclass
class Senders:
    """The counter. `most` is how often one address may send in `seconds`."""

    most: int = 5
    seconds: float = DAY
    _key: bytes = b""
    _sent: Counter[bytes] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, address: str) -> None:
        """Count one sending; `Busy` when this address has sent as much as it may."""
        with self._lock:
            if not self._key:
                self._begin()
            sender = hmac.digest(self._key, _network(address).encode(), "sha256")
            if self._sent[sender] >= self.most:
                raise Busy(
                    "You have sent as many comments as one can in a day.",
                    why="So that there is room for everybody.",
                    remedy="Try again tomorrow, or write to the contact of the agreement.",
                    retry_after=int(self.seconds),
                )
            self._sent[sender] += 1

    def forget(self) -> None:
        """Throw away the key and all hashes."""
        with self._lock:
            self._key, self._sent = b"", Counter()

    def known(self) -> int:
        """Return how many senders are remembered."""
        return len(self._sent)

    def _begin(self) -> None:
        self._key = secrets.token_bytes(32)
        timer = threading.Timer(self.seconds, self.forget)
        timer.daemon = True
        timer.start()


def _network(address: str) -> str:
    """Return an address as it is counted: one of IPv6 by its /64, which is one household's."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
