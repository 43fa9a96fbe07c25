"""Pins: which version a learner gets, and how a publication's policy forwards a pin from one version to another.

Selection is a pure function, so reads and writes cannot differ.
"""
