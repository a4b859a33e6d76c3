"""What a SQL question reads, links and computes.

It has no opinion: whether that is permitted is the agreement's ruling.
Called by agreement and gateway.
"""
