"""What went wrong under an agreement, told in plain words.

It stops nothing by itself: who records an incident may suspend the agreement in the same transaction.
Called by agreement.register and installation.
"""
