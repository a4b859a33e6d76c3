"""People, their organisations and roles.

It does not decide what a question may read: that is the agreement's.
Called by agreement, gateway, installation and cli.
"""

from commonweal.identity.person import Person, Role

__all__ = ["Person", "Role"]
