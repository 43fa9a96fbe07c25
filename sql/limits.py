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
REQUEST_SECONDS = 30

SOCKETS = 1_000
OPERATIONS_OF_A_SOCKET = 20
SOCKET_INIT_SECONDS = 10

# Signing in: so many tries pass at once, then one each so many seconds.
# One client (an IPv4 address or an IPv6 network of 64 bits) over all accounts: a class behind one address signs in.
CLIENT_TRIES = 60
CLIENT_TRY_SECONDS = 2
# One client, or one device that signed in before, at one account: more than people need, too few for
# guessing. The first wait is of 2 seconds, each further one twice as long, up to these seconds.
CLIENT_ACCOUNT_TRIES = 10
CLIENT_ACCOUNT_TRY_SECONDS = 900
# One account, by all clients that never signed in to it together: 100 is what NIST SP 800-63B allows.
ACCOUNT_TRIES = 100
ACCOUNT_TRY_SECONDS = 120
# Accounts made by one client: a class at once, then 1,440 a day.
CLIENT_SIGN_UPS = 60
CLIENT_SIGN_UP_SECONDS = 60
# Days for which a device, or a client's address, counts as one that signed in to an account.
DEVICE_DAYS = 365
KNOWN_CLIENT_DAYS = 30
# Accounts that one browser's cookie remembers: a computer that a family shares.
DEVICE_ACCOUNTS = 5
# Passwords that wait to be hashed or checked (20 to 40 a second and core), and the seconds that one of them waits.
PASSWORDS_WAITING = 50
PASSWORD_SECONDS = 5

# Levels of JSON in variables and extensions: the deepest input of the schema has 11.
JSON_NESTING = 100
