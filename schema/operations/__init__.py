"""The types and mutations for authors' statistics and for operators: counts, and the request to count again."""
