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
    ]

    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
            reverse_sql=migrations.RunSQL.noop,
        )
    ]
