"""Every limit on what is accepted, in one place; ``docs/limits.md`` holds the same table, and a test compares them.

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

# Seconds, but for what is named otherwise. What PostgreSQL is given for a statement, a lock and a transaction that does
# nothing; requests end sooner by their own deadline.
STATEMENT_SECONDS = 30
LOCK_SECONDS = 15
IDLE_TRANSACTION_SECONDS = 120
# Longer than any statement may take: who has no answer by then has lost the server.
ANSWER_SECONDS = 35
# A look-up of one row by its key, before a request has begun.
LOOKUP_SECONDS = 10
# Until a connection is made: less than the look-up, so that there is time for another.
CONNECT_SECONDS = 5
# Who waits while the server is away tries again so soon; a refused connection costs next to nothing.
RECONNECT_MS = 100
# What a read that nobody waits for may still take before it costs a new connection.
STRAGGLER_SECONDS = 1
# How soon the server looks whether the client of a running statement is still there.
GONE_SECONDS = 1
# A rollback that takes longer is done by closing the connection.
ROLLBACK_SECONDS = 1
# A peer that is silent for so long is asked whether it lives, three times; one that does not acknowledge what it was
# sent is given up after the second.
KEEPALIVE_SECONDS = 30
UNACKNOWLEDGED_SECONDS = 20
# Between a mutation's deadline in the database and in the gateway, so that the database's word comes first.
GRACE_MS = 500

OPERATION_DEPTH = 15
OPERATION_ALIASES = 30
OPERATION_TOKENS = 5_000
OPERATION_COST = 20_000
OPERATION_OBJECTS = 10_000
# Queries that have much to do go on in turns: so many at once in a process, one of each client or user.
TURNS = 4
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

# WebSockets open at once in a process: each holds a descriptor, a task and a little memory.
SOCKETS = 1_000
# Of one IPv4 address or IPv6 /64: a school's learners share one, and still five such addresses are served.
SOCKETS_OF_A_CLIENT = 200
# Of one user, over all tabs and devices.
SOCKETS_OF_A_USER = 20
# Operations that run at once on a socket: a page of thirty subscriptions is served, with room for queries.
OPERATIONS_OF_A_SOCKET = 50
# Seconds until connection_init.
SOCKET_INIT_SECONDS = 10

# Connections, as gateway/server/connections.py keeps them; seconds are those of the clock.
HEADER_SECONDS = 10  # from a connection's opening, or a request's first byte, to the end of its headers
BODY_SECONDS = 30  # from there to the end of the body
IDLE_SECONDS = 75  # between an answer and the next request; longer than a proxy's 60
UNREAD_SECONDS = 30  # in which a client takes its part of an answer that waits
READ_RATE = 4_000  # bytes a second of that part: the slowest phone
UNREAD_BYTES = 256_000_000  # of all answers that wait; the largest are dropped first
HEADER_BYTES = 64_000  # of one request; cookies and an address of 8 kB fit several times
PIPELINED = 32  # requests on one connection before the first is answered
CONNECTIONS = 4_000  # at once in a process: some 60 MB; fewer where descriptors are
CONNECTIONS_OF_A_CLIENT = 500  # a class behind one address, six of each browser; at most a quarter of all
CONNECTIONS_FOR_PROBES = 32  # beyond all caps, for health checks and refusals
PROBE_SECONDS = 2  # that such a connection may last

# The end of the process, counted from SIGTERM.
ENDING_SECONDS = 20  # requests under way may end by themselves
ENDED_SECONDS = 27  # the process is gone, whatever holds it; a busy machine may add some seconds
# Seconds without an operation and without a message: then nobody needs the socket.
SOCKET_IDLE_SECONDS = 300
# Seconds that a client may leave what was sent to it unread.
SOCKET_UNREAD_SECONDS = 30
# Messages at once and a second: a page that connects again begins all its operations together.
SOCKET_MESSAGES = 200
SOCKET_MESSAGES_A_SECOND = 50
# So many bytes of a message count as one message more: parsing takes time by the byte.
SOCKET_MESSAGE_WEIGHT_BYTES = 10_000
# Control frames and fragments at once and a second: even an empty one costs memory or an answer.
SOCKET_FRAMES = 500
SOCKET_FRAMES_A_SECOND = 100
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
