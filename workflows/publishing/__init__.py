"""What changes what is live: collecting what the gates need, writing, and what follows from it for learners.

Publishes, releases and content trees are written in one transaction each, after a wait that holds no connection.
"""
