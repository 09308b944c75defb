"""
Installs the SQL functions as they are from here on.

The text beside this file is what this migration was released with; the files in
the features' `sql/` folders are what is true now.
"""

from pathlib import Path

from django.db import migrations, models

# What earlier releases wrote gets its hashes, and lots learn how much of them expired.
CHAIN = """
    ALTER TABLE members_entry DISABLE TRIGGER USER;

    UPDATE members_entry AS entry SET chain = chained.chain
    FROM (
        SELECT
            member_id, currency, seq,
            members_ledger_chain(NULL, members_ledger_content(
                member_id, currency, seq, kind, source, destination, amount, available_after,
                pending_after, held_after, debt_after, booked_at, occurred_at, key, leg, digest,
                lots, takes, reference, refers_to
            )) OVER (PARTITION BY member_id, currency ORDER BY seq) AS chain
        FROM members_entry
    ) AS chained
    WHERE
        entry.member_id = chained.member_id AND entry.currency = chained.currency
        AND entry.seq = chained.seq;

    ALTER TABLE members_entry ENABLE TRIGGER USER;

    UPDATE members_wallet AS wallet SET chain = entry.chain
    FROM members_entry AS entry
    WHERE
        entry.member_id = wallet.member_id AND entry.currency = wallet.currency
        AND entry.seq = wallet.seq;

    UPDATE members_lot AS lot SET expired = ended.points
    FROM (
        SELECT entry.member_id, entry.currency, change.number, -sum(change.points) AS points
        FROM members_entry AS entry
        CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS change (number, points)
        WHERE entry.kind = 'EXPIRE'
        GROUP BY entry.member_id, entry.currency, change.number
    ) AS ended
    WHERE
        lot.member_id = ended.member_id AND lot.currency = ended.currency
        AND lot.number = ended.number;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_ledger_complete"),
        ("members", "0009_returns"),
        ("members", "0010_approvals"),
        ("members", "0011_reports"),
        ("members", "0012_verification"),
    ]

    operations = [
        # It takes one more argument now: with both, a call would be ambiguous.
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS members_ledger_post("
            "members_wallet, text, text, text, bigint, timestamptz, timestamptz, text, int,"
            " bytea, bigint[], bigint[], text)",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RunSQL(CHAIN, reverse_sql=migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="entry",
            name="chain",
            field=models.BinaryField(max_length=32),
        ),
    ]
