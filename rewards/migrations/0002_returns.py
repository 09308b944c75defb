import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0009_returns"),
        ("rewards", "0001_earning"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReturnReceipt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "returned_id",
                        "currency",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        choices=[("REDEEMABLE", "points"), ("QUALIFYING", "qualifying points")],
                        max_length=16,
                        verbose_name="currency",
                    ),
                ),
                ("taken", models.BigIntegerField(verbose_name="taken back")),
                ("owed", models.BigIntegerField(verbose_name="owed")),
                ("waived", models.BigIntegerField(verbose_name="waived")),
                ("given_back", models.BigIntegerField(verbose_name="given back")),
                (
                    "returned",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.return",
                    ),
                ),
            ],
            options={
                "verbose_name": "return receipt",
                "verbose_name_plural": "return receipts",
            },
        ),
        migrations.CreateModel(
            name="SpentPoints",
            fields=[
                (
                    "purchase",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="members.purchase",
                    ),
                ),
                ("hold", models.BigIntegerField(verbose_name="hold")),
                ("points", models.BigIntegerField(verbose_name="points")),
            ],
            options={
                "verbose_name": "points spent on a purchase",
                "verbose_name_plural": "points spent on purchases",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("points__gt", 0)), name="purchase_spends_points"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="spentpoints",
            trigger=pgtrigger.compiler.Trigger(
                name="spent_points_are_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="76ba124345aca495ef7e3757869efa60876ef5d9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_spent_points_are_a_fact_aeb67",
                    table="rewards_spentpoints",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="returnreceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("given_back__gte", 0), ("owed__gte", 0), ("taken__gte", 0), ("waived__gte", 0)
                ),
                name="return_receipt_is_not_negative",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="returnreceipt",
            trigger=pgtrigger.compiler.Trigger(
                name="return_receipt_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2e062d1d7d8d20fafd1d066914af5e5eae7fe033",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_return_receipt_is_a_fact_7f198",
                    table="rewards_returnreceipt",
                    when="BEFORE",
                ),
            ),
        ),
    ]
