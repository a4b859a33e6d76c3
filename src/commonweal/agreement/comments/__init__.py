"""What the public says of agreements, and what the parties answer.

It publishes nothing by itself: a comment is held until an officer of a party has read it.
Called by agreement.register and installation.
"""
