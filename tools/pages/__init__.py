"""Pages of the documentation that are made from code: one file a page, one function that returns its Markdown."""
