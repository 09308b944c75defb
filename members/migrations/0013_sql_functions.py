"""
Installs the SQL functions as they are from here on.

The text beside this file is what this migration was released with; the files in
the features' `sql/` folders are what is true now.
"""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_ledger_complete"),
        ("members", "0009_returns"),
        ("members", "0011_reports"),
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
        )
    ]
