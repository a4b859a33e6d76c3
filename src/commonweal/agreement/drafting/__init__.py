"""Drafts of agreements: questions answered part by part, kept whatever they hold, until they are proposed.

A draft is a partial document in the document's own shape. What is wrong with it is found by reading it as an agreement
is read; nothing is thrown away because it is wrong. Called by `installation.drafting`; it checks nobody's permission.
"""
