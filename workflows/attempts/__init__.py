"""What learners do with a challenge: beginning, moving to another version, submitting, and how attempts are judged.

Versioning's knowledge of versions and tests meets here what practice keeps.
"""
