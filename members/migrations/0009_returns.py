import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_ledger_complete"),
    ]

    operations = [
        migrations.CreateModel(
            name="Return",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=64, verbose_name="reference")),
                (
                    "amount",
                    models.DecimalField(decimal_places=3, max_digits=14, verbose_name="amount"),
                ),
                ("returned_at", models.DateTimeField(verbose_name="returned")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="members.purchase",
                        verbose_name="purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "return",
                "verbose_name_plural": "returns",
            },
        ),
        migrations.CreateModel(
            name="ParkedReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purchase_reference",
                    models.CharField(max_length=64, verbose_name="reference of the purchase"),
                ),
                ("reference", models.CharField(max_length=64, verbose_name="reference")),
                ("returned_at", models.DateTimeField(verbose_name="returned")),
                ("lines", models.JSONField()),
                (
                    "stores",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("parked_at", models.DateTimeField(verbose_name="parked")),
                ("netted_at", models.DateTimeField(null=True, verbose_name="netted")),
                ("problem", models.CharField(blank=True, max_length=64, verbose_name="problem")),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "returned",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.return",
                        verbose_name="return",
                    ),
                ),
            ],
            options={
                "verbose_name": "parked return",
                "verbose_name_plural": "parked returns",
            },
        ),
        migrations.CreateModel(
            name="ReturnLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "returned_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="line")),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, null=True, verbose_name="quantity"
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=3, max_digits=14, verbose_name="amount"),
                ),
                (
                    "returned",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="members.return",
                    ),
                ),
            ],
            options={
                "verbose_name": "returned line",
                "verbose_name_plural": "returned lines",
            },
        ),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(fields=["member", "-returned_at"], name="return_of_member"),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.UniqueConstraint(
                fields=("purchase", "reference"), name="return_recorded_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="return_is_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="return",
            trigger=pgtrigger.compiler.Trigger(
                name="return_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e96fa2f262af3ace22acd3fa8d054bc31b5263ab",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_return_is_a_fact_0df62",
                    table="members_return",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="parkedreturn",
            index=models.Index(
                condition=models.Q(("returned", None)),
                fields=["-parked_at", "-id"],
                name="parked_return_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="parkedreturn",
            constraint=models.UniqueConstraint(
                fields=("channel", "purchase_reference", "reference"), name="return_parked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="parkedreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("netted_at", None), ("returned", None)),
                    models.Q(
                        ("netted_at__isnull", False), ("problem", ""), ("returned__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="parked_return_is_netted_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="parkedreturn",
            trigger=pgtrigger.compiler.Trigger(
                name="parked_return_is_never_lost",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="ae36968a001c0aef4f12fdc34b4855c1e8f16eff",
                    operation="DELETE",
                    pgid="pgtrigger_parked_return_is_never_lost_3374d",
                    table="members_parkedreturn",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="parkedreturn",
            trigger=pgtrigger.compiler.Trigger(
                name="parked_return_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.returned_id IS NOT NULL OR ROW(OLD.channel_id, OLD.purchase_reference, OLD.reference, OLD.returned_at, OLD.lines, OLD.stores, OLD.digest, OLD.parked_at) IS DISTINCT FROM ROW(NEW.channel_id, NEW.purchase_reference, NEW.reference, NEW.returned_at, NEW.lines, NEW.stores, NEW.digest, NEW.parked_at))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="3cffbe6241eccb19a1de2d4caefbb3313635c5c8",
                    operation="UPDATE",
                    pgid="pgtrigger_parked_return_is_a_fact_f6381",
                    table="members_parkedreturn",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="returnline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gte", 0),
                    models.Q(("quantity", None), ("quantity__gt", 0), _connector="OR"),
                ),
                name="returned_line_is_not_negative",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="returnline",
            trigger=pgtrigger.compiler.Trigger(
                name="returned_line_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9dc38959fb332f74081e7b4640051fac1379a54c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_returned_line_is_a_fact_4114e",
                    table="members_returnline",
                    when="BEFORE",
                ),
            ),
        ),
    ]
