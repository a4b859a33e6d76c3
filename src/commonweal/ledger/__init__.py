"""The audit trail: append, prove, verify.

It holds no data values and no opinion about what it records.
Called by agreement, gateway, installation and cli.
"""
