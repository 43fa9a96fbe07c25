"""What several trials share: a classroom of learners with a published challenge, cheap clients, and a mixed load.

A trial in ``bench`` sets a scene up, lets it go on for a while, and reports figures; nothing here reports anything.
"""
