from django.db import migrations, models

CURRENCIES = [("REDEEMABLE", "points"), ("QUALIFYING", "qualifying points")]
KINDS = [
    ("ACCRUE", "earned"),
    ("RELEASE", "became available"),
    ("REDEEM", "redeemed"),
    ("EXPIRE", "expired"),
    ("OFFSET", "debt repaid"),
    ("HOLD", "held"),
    ("CAPTURE", "held points spent"),
    ("VOID", "hold given back"),
    ("LAPSE", "hold lapsed"),
    ("CLAWBACK", "taken back"),
    ("GIVE_BACK", "given back"),
    ("COURTESY", "given back, with a new expiry"),
    ("TRANSFER_OUT", "given to another member"),
    ("TRANSFER_IN", "received from another member"),
    ("ADJUST", "adjusted by staff"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_ledger_complete"),
    ]

    operations = [
        migrations.CreateModel(
            name="CohortTotal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "currency",
                        "earned",
                        "expires",
                        "kind",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("currency", models.CharField(choices=CURRENCIES, max_length=16)),
                ("earned", models.DateField()),
                ("expires", models.DateField()),
                ("kind", models.CharField(choices=KINDS, max_length=16)),
                ("points", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LiabilityReport",
            fields=[],
            options={
                "verbose_name": "liability",
                "verbose_name_plural": "liability",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("members.programme",),
        ),
    ]
