"""Every clock and every reaction of the engine, on one screen."""

from celery.schedules import crontab

SCHEDULE = {
    # Without a worker the sweeps would pile up; the next one does it all.
    "sweep events": {
        "task": "members.events.sweep",
        "schedule": 30.0,
        "options": {"expires": 30.0},
    },
    "settle wallets": {"task": "members.ledger.settle_due", "schedule": 300.0},
    "sum up the ledger's days": {"task": "members.ledger.roll_up", "schedule": 600.0},
    "net late returns": {"task": "rewards.earning.net_late_returns", "schedule": 600.0},
    "try refused returns again": {
        "task": "members.purchases.retry_refused",
        "schedule": crontab(hour="3", minute="5"),
    },
    # Every hour, so that a day which was missed is soon caught up with.
    "keep anniversaries": {"task": "rewards.earning.keep_anniversaries", "schedule": 3600.0},
    "verify the ledger": {
        "task": "members.verification.verify",
        "schedule": 300.0,
        "options": {"expires": 300.0},
    },
    "anchor the ledger": {"task": "members.verification.anchor", "schedule": 900.0},
    "review tiers": {"task": "members.tiers.review_due", "schedule": 900.0},
    "welcome who rose": {"task": "rewards.benefits.derive_due", "schedule": 300.0},
    "grant birthday points": {"task": "rewards.benefits.grant_birthdays", "schedule": 1800.0},
    "run jobs": {"task": "members.jobs.run_due", "schedule": 10.0, "options": {"expires": 10.0}},
}
# Who is told of what happened to a member.
SUBSCRIBERS = {
    "member.enrolled": [
        "members.tiers.evaluate",
        "rewards.earning.complete_profiles",
        "rewards.benefits.derive",
    ],
    "member.corrected": ["rewards.earning.complete_profiles", "rewards.benefits.derive"],
    "member.reinstated": ["rewards.earning.complete_profiles", "rewards.benefits.derive"],
    "purchase.recorded": ["members.tiers.evaluate"],
    "qualifying.accrued": ["members.tiers.evaluate"],
    "qualifying.adjusted": ["members.tiers.evaluate"],
    "tier.changed": ["rewards.benefits.derive"],
    "tier.renewed": ["rewards.benefits.derive"],
}
# What is done when a second person has approved it, by its kind.
APPROVAL_ACTIONS = {"ADJUSTMENT": "members.adjustments.carry_out"}
# What does one step of a job, by its kind.
JOBS = {
    "members.tiers.review": "members.tiers.step_of_review",
    "members.tiers.preview": "members.tiers.step_of_preview",
    "members.tiers.apply": "members.tiers.step_of_apply",
    "earning.back_test": "rewards.earning.backtesting.step",
    "rewards.benefits.birthdays": "rewards.benefits.step_of_birthdays",
}
