"""Experiments: several live versions with weights, who is assigned to which, what the results say, and what follows.

Assignment, rules, results and statistics are pure functions of their arguments; only ``experiments``, ``assignment``
and ``automation`` write.
"""
