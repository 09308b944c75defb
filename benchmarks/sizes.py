"""How much is measured, and for how long. The environment says otherwise."""

import os

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))

# The ledger that the tills write, and as many accounts as full in what it is compared with.
MEMBERS = int(os.environ.get("BENCH_MEMBERS", "2000"))
ENTRIES_EACH = int(os.environ.get("BENCH_ENTRIES_EACH", "100"))

# The wallets that are due at once, among five times as many, and the lots of each that expire.
SETTLE_WALLETS = int(os.environ.get("BENCH_SETTLE_WALLETS", "20000"))
SETTLE_LOTS = int(os.environ.get("BENCH_SETTLE_LOTS", "5"))

# The entries of a wallet that is long.
STATEMENT_ENTRIES = int(os.environ.get("BENCH_STATEMENT_ENTRIES", "100000"))

# Millions of entries: of a ledger that has grown, and of one that is laid out in partitions.
GROWTH = float(os.environ.get("BENCH_GROWTH", "20"))
PARTITIONED = float(os.environ.get("BENCH_PARTITIONED", "1"))

# The members whose tiers are reviewed, of whom a tenth is due at a time, and what each earned
# in a year: once a week.
TIER_MEMBERS = int(os.environ.get("BENCH_TIER_MEMBERS", "100000"))
TIER_ENTRIES = int(os.environ.get("BENCH_TIER_ENTRIES", "52"))
