"""The pages, one file a thing: each gathers a page's values, which a template only lays out.

It decides nothing. Called by `commonweal.web.application`.
"""
