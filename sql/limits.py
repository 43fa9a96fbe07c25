"""Every limit on what is accepted, in one place; ``docs/operations.md`` holds the same table, and a test compares them.

Lengths of text are counted in characters where a person types it and in UTF-8 bytes where it is code or Markdown.
"""

BODY_BYTES = 1_000_000
BODY_BYTES_OF_WRITERS = 16_000_000

SLUG = 100
TITLE = 200
DESCRIPTION = 5_000
CHANGELOG = 2_000
REASON = 2_000
NOTE = 2_000
INSTRUCTIONS_BYTES = 64_000
TESTS = 100
TEST_ID = 100
TEST_TEXT = 2_000
TEST_CODE_BYTES = 64_000
TEST_WEIGHT = 1_000
TEST_MESSAGE = 2_000
TEST_MS = 5_000
LIBRARIES = 10
LIBRARY_NAME = 60
LIBRARY_REFERENCE = 64
LIBRARY_BYTES = 1_000_000
HINTS = 20
HINT = 2_000
CODE_BYTES = 256_000
POINTS = 1_000_000
MINUTES = 100_000

DISPLAY_NAME = 80
EMAIL = 254
URL = 2_000
PASSWORD_LEAST = 8
PASSWORD = 256
TOKEN_NAME = 80
IDEMPOTENCY_KEY = 200
SEARCH = 200

PAGE = 20
LONGEST_PAGE = 100
CHALLENGES_OF_AN_APPLY = 5_000
LIBRARIES_OF_AN_APPLY = 100
APPLY_SECONDS = 120
FAULTS_TOLD = 500
RELEASE_ITEMS = 500
RELEASE_LATE_SECONDS = 3_600
WAIT_SECONDS = 60
PREVIEWS_WAITING = 200
TEXTS_WAITING = 10_000
REPLAY_SOLUTIONS = 300
REPLAY_SOLUTIONS_MOST = 5_000
REPLAY_WRONG = 100
REPLAYS_WAITING = 50
REJUDGES = 3

OPERATION_DEPTH = 15
OPERATION_ALIASES = 30
OPERATION_TOKENS = 5_000
OPERATION_COST = 20_000
OPERATION_OBJECTS = 10_000
# Bytes of an answer as JSON: 80 of the largest challenges' texts. Tokens that read drafts export whole tracks.
ANSWER_BYTES = 8_000_000
ANSWER_BYTES_OF_TOKENS = 32_000_000
# Values in the variables of one request, at every depth; writers send trees of content.
VARIABLE_VALUES = 10_000
VARIABLE_VALUES_OF_WRITERS = 2_000_000
REQUEST_SECONDS = 30
# Entries of the schema that one introspection answers: twice what the tools' queries take.
INTROSPECTION_OBJECTS = 10_000
# The same beside other fields, where it is made in one piece in the event loop (5 ms).
INTROSPECTION_BESIDE = 200
# ``__type`` fields of one operation; of ``__schema`` there is one.
INTROSPECTED_TYPES = 10

SOCKETS = 1_000
OPERATIONS_OF_A_SOCKET = 20
SOCKET_INIT_SECONDS = 10
