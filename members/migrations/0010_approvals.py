import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("members", "0008_ledger_complete"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AdjustmentLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "per_adjustment",
                    models.PositiveBigIntegerField(verbose_name="points at a time"),
                ),
                ("per_day", models.PositiveBigIntegerField(verbose_name="points a day")),
                (
                    "api_key",
                    models.OneToOneField(
                        blank=True,
                        help_text="And those that replace it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.apikey",
                        verbose_name="API key",
                    ),
                ),
                (
                    "group",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="auth.group",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "verbose_name": "limit of adjustments",
                "verbose_name_plural": "limits of adjustments",
            },
        ),
        migrations.CreateModel(
            name="AdjustmentLimitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "per_adjustment",
                    models.PositiveBigIntegerField(verbose_name="points at a time"),
                ),
                ("per_day", models.PositiveBigIntegerField(verbose_name="points a day")),
                (
                    "api_key",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="And those that replace it.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.apikey",
                        verbose_name="API key",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="auth.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.adjustmentlimit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("ADJUSTMENT", "adjustment of points")],
                        max_length=32,
                        verbose_name="kind",
                    ),
                ),
                ("payload", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "concerns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("reason", models.CharField(max_length=250, verbose_name="reason")),
                ("scope", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=128)),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("APPROVED", "approved"),
                            ("REJECTED", "rejected"),
                            ("WITHDRAWN", "withdrawn"),
                        ],
                        max_length=16,
                        verbose_name="decision",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                (
                    "requested_with",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.apikey",
                        verbose_name="requested with",
                    ),
                ),
            ],
            options={
                "verbose_name": "approval",
                "verbose_name_plural": "approvals",
                "permissions": [("decide_approval", "Can decide about approvals")],
                "default_permissions": ["view"],
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("points", models.BigIntegerField(verbose_name="points")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("COMPENSATION", "compensation"),
                            ("CORRECTION", "correction of a mistake"),
                            ("MISSING_PURCHASE", "purchase that was not recorded"),
                            ("ABUSE", "abuse"),
                            ("OTHER", "other"),
                        ],
                        max_length=32,
                        verbose_name="category",
                    ),
                ),
                ("reason", models.CharField(max_length=250, verbose_name="reason")),
                ("authority", models.CharField(max_length=64)),
                ("scope", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=128)),
                ("digest", models.BinaryField(max_length=32)),
                ("seq", models.BigIntegerField(verbose_name="entry")),
                ("available", models.BigIntegerField(verbose_name="available after it")),
                ("adjusted_at", models.DateTimeField(verbose_name="adjusted")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                (
                    "requested_with",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.apikey",
                        verbose_name="requested with",
                    ),
                ),
                (
                    "approval",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.approval",
                        verbose_name="approval",
                    ),
                ),
            ],
            options={
                "verbose_name": "adjustment",
                "verbose_name_plural": "adjustments",
                "permissions": [("freeze_wallet", "Can freeze and unfreeze wallets")],
                "default_permissions": ["view", "add"],
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership of staff",
                "verbose_name_plural": "memberships of staff",
            },
        ),
        migrations.CreateModel(
            name="StaffMemberEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="members.staffmember",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="adjustmentlimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("api_key", None), ("group__isnull", False)),
                    models.Q(("api_key__isnull", False), ("group", None)),
                    _connector="OR",
                ),
                name="limit_is_for_a_group_or_a_key",
                violation_error_message="Choose either a group or an API key.",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustmentlimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("per_day__gte", models.F("per_adjustment"))),
                name="limit_of_a_day_covers_one_adjustment",
                violation_error_message="A day must cover what one adjustment may move.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustmentlimit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_adjustmentlimitevent" ("api_key_id", "group_id", "id", "per_adjustment", "per_day", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."api_key_id", NEW."group_id", NEW."id", NEW."per_adjustment", NEW."per_day", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="8e6cc077e9091cf68b5b06f437a60b228fa2a246",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2b4b6",
                    table="members_adjustmentlimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustmentlimit",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_adjustmentlimitevent" ("api_key_id", "group_id", "id", "per_adjustment", "per_day", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."api_key_id", NEW."group_id", NEW."id", NEW."per_adjustment", NEW."per_day", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="5944a72edc12093463f40bc8815322a2d9acae1d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5bce0",
                    table="members_adjustmentlimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustmentlimit",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_adjustmentlimitevent" ("api_key_id", "group_id", "id", "per_adjustment", "per_day", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."api_key_id", OLD."group_id", OLD."id", OLD."per_adjustment", OLD."per_day", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="d2b32b1cf4126c423196176c71b7b6464aec6113",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d0601",
                    table="members_adjustmentlimit",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("decision", "")), fields=["expires_at"], name="approval_open"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["-requested_at"], name="approval_newest"),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                fields=("scope", "key"), name="approval_is_requested_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    ("requested_by", None),
                    models.Q(("requested_by", models.F("decided_by")), _negated=True),
                    _connector="OR",
                ),
                name="approval_takes_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("requested_by__isnull", False), ("requested_with", None)),
                    models.Q(("requested_by", None), ("requested_with__isnull", False)),
                    _connector="OR",
                ),
                name="approval_is_requested_by_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("decision", "")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by", None),
                        ("decision", "WITHDRAWN"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("decision__in", ["APPROVED", "REJECTED"]),
                    ),
                    _connector="OR",
                ),
                name="approval_says_who_decided_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "APPROVED"), _negated=True),
                    ("decided_at__lt", models.F("expires_at")),
                    _connector="OR",
                ),
                name="approval_comes_in_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S")), name="approval_has_a_reason"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_begins_undecided",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.decision <> '')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                    hash="973be1bc833693d44fe899f03e954198f3dc0c93",
                    operation="INSERT",
                    pgid="pgtrigger_approval_begins_undecided_93530",
                    table="members_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="decided_approval_is_final",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.decision <> '')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="dea7d410949e340d0e1d8494e112acce911ea426",
                    operation="UPDATE",
                    pgid="pgtrigger_decided_approval_is_final_8339e",
                    table="members_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_stays_what_was_asked",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."payload" IS DISTINCT FROM (NEW."payload") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."concerns" IS DISTINCT FROM (NEW."concerns") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."scope" IS DISTINCT FROM (NEW."scope") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."requested_by_id" IS DISTINCT FROM (NEW."requested_by_id") OR OLD."requested_with_id" IS DISTINCT FROM (NEW."requested_with_id") OR OLD."requested_at" IS DISTINCT FROM (NEW."requested_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="e1be91e41b40cd229ed1f01a9f948ef4f27a8cf3",
                    operation="UPDATE",
                    pgid="pgtrigger_approval_stays_what_was_asked_eb373",
                    table="members_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="1e375a8b77c5433b0340f3ef6a6d0c550039cbd6",
                    operation="DELETE",
                    pgid="pgtrigger_approval_is_kept_80eb8",
                    table="members_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approvals_are_never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate approvals';",
                    hash="8451f2a5313948a413b187a9c5be0c9f4d7f285d",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_approvals_are_never_truncated_038a8",
                    table="members_approval",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="approval",
            trigger=pgtrigger.compiler.Trigger(
                name="approval_is_not_about_oneself",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF members_approvals_is_own(NEW.decided_by_id, NEW.concerns) OR (NEW.decision IN ('', 'APPROVED') AND members_approvals_is_own(NEW.requested_by_id, NEW.concerns)) THEN RAISE EXCEPTION 'pgtrigger: Nobody asks for or decides about what concerns their own account'; END IF; RETURN NEW;",
                    hash="ff3a008c8d39d1f0e5a66c754ec1aabf46d20737",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_approval_is_not_about_oneself_91408",
                    table="members_approval",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(
                fields=["authority", "adjusted_at"],
                include=("points",),
                name="adjustment_of_a_day",
            ),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(fields=["scope", "key"], name="adjustment_by_key"),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(fields=["member", "-adjusted_at"], name="adjustment_of_a_member"),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.UniqueConstraint(
                fields=("member", "scope", "key"), name="adjustment_is_made_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.UniqueConstraint(
                fields=("member", "approval"), name="approval_adjusts_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.UniqueConstraint(
                fields=("member", "currency", "seq"), name="adjustment_has_its_own_entry"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("points", 0), _negated=True), name="adjustment_moves_points"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S")), name="adjustment_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("requested_by__isnull", False), ("requested_with", None)),
                    models.Q(("requested_by", None), ("requested_with__isnull", False)),
                    _connector="OR",
                ),
                name="adjustment_is_requested_by_one",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="adjustment_is_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="86dc5a8327adfb7cd998724d8e3f824b4d06e1f1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_adjustment_is_append_only_2cf43",
                    table="members_adjustment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="adjustments_are_never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate adjustments';",
                    hash="af7e98b70206aa62b3cda946c3af61aaa505fafa",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_adjustments_are_never_truncated_21d3e",
                    table="members_adjustment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="adjustment_is_allowed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nIF members_approvals_is_own(NEW.requested_by_id, ARRAY[NEW.member_id]) THEN\n    RAISE EXCEPTION 'pgtrigger: Nobody adjusts their own account';\nEND IF;\nIF NEW.approval_id IS NULL AND abs(NEW.points) > COALESCE((\n    SELECT max(allowed.per_adjustment)\n    FROM members_adjustmentlimit AS allowed\n    WHERE allowed.group_id IN (\n        SELECT role.group_id FROM auth_user_groups AS role\n        WHERE role.user_id = NEW.requested_by_id\n    )\n    OR allowed.api_key_id IN (\n        SELECT used.id FROM members_apikey AS used\n        JOIN members_apikey AS told ON told.credential = used.credential\n        WHERE told.id = NEW.requested_with_id\n    )\n), 0) THEN\n    RAISE EXCEPTION 'pgtrigger: So many points need an approval';\nEND IF;\nIF NEW.approval_id IS NOT NULL AND NOT EXISTS (\n    SELECT FROM members_approval AS approval\n    WHERE approval.id = NEW.approval_id\n    AND approval.kind = 'ADJUSTMENT'\n    AND approval.decision = 'APPROVED'\n    AND approval.scope = NEW.scope\n    AND approval.key = NEW.key\n    AND approval.payload ->> 'member_id' = NEW.member_id::text\n    AND approval.payload ->> 'currency' = NEW.currency\n    AND approval.payload ->> 'points' = NEW.points::text\n) THEN\n    RAISE EXCEPTION 'pgtrigger: This is not what was approved';\nEND IF;\nRETURN NEW;\n",
                    hash="1fc491481a24d007672b5aa944a776dba2888dfa",
                    operation="INSERT",
                    pgid="pgtrigger_adjustment_is_allowed_ab1e9",
                    table="members_adjustment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmember",
            trigger=pgtrigger.compiler.Trigger(
                name="staff_member_is_not_moved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="cf1a7451998821bda823d85bb08e79b81e7df787",
                    operation="UPDATE",
                    pgid="pgtrigger_staff_member_is_not_moved_ec958",
                    table="members_staffmember",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmember",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_staffmemberevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."id", NEW."member_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;',
                    hash="2b66b8f748d74930400570f92bef7b9b8490dbe6",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_33207",
                    table="members_staffmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffmember",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_staffmemberevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."id", OLD."member_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;',
                    hash="ce52bd6ef3d65eda63276196fc7f27a3df271506",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_73e2e",
                    table="members_staffmember",
                    when="AFTER",
                ),
            ),
        ),
    ]
