"""The shared table: noisy counts of people that agree with their totals, and what each of them costs.

Pure functions on numpy arrays. They know no SQL, no engine, no contract and no ledger.
Called by gateway, which counts, opens tables through the ledger and says what became of a question.
"""
