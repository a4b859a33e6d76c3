"""Controls on answers: pure functions from cells with evidence to protected cells.

It knows no SQL, no engine and no agreement.
Called by agreement (which reads profiles from clauses) and gateway.
"""
