"""The shared table: noisy counts that agree with their totals, what each table costs, and what is read from it.

Pure functions on numpy arrays. They know no SQL, no engine, no contract and no ledger.
Called by gateway, which counts, opens tables through the ledger and says what became of a question.
"""
