"""What the parties' officers and stewards say of a clause while it is being agreed: open until somebody resolves it.

Not what the public says of an agreement (`comments`). A comment is on a draft, or on a version of an agreement, and goes
with a draft when it is proposed. The ledger holds that a comment was made, never its words.
"""
