from django.db import migrations

OWN_TYPES = {
    "profile_completed": "Profile completed",
    "joined_anniversary": "Anniversary of joining",
}


def add_own_types(apps, schema_editor):
    """
    Put what the engine itself reports into the catalogue; it earns nothing without a rule.
    """
    ActivityType = apps.get_model("rewards", "ActivityType")
    for code, name in OWN_TYPES.items():
        ActivityType.objects.get_or_create(
            code=code, defaults={"name": name, "is_reported_by_engine": True}
        )


class Migration(migrations.Migration):
    dependencies = [("rewards", "0004_benefits")]

    operations = [migrations.RunPython(add_own_types, migrations.RunPython.noop)]
