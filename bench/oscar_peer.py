"""django-oscar on the benchmark's baskets: `.venv-bench/bin/python -m bench.oscar_peer`.

Reads a JSON list of cases (bench.baskets.Case) from standard input and writes one answer for each:
the total discount in minor units, and the CPU milliseconds of one evaluation, median of the rounds,
once with the offers read from its database as a request does and once with them already loaded.
The database is SQLite in memory; products and basket lines are loaded before the clock starts.
"""

import json
import sys
from decimal import Decimal

import django
from django.conf import settings
from django.core.management import call_command

from bench.clock import cpu_ms

MINOR_PER_MAJOR = 100


class _NoMigrations(dict):
    """Tables come straight from the models: a benchmark has no history to keep."""

    def __contains__(self, _app):
        return True

    def __getitem__(self, _app):
        return None


def _start_django():
    from oscar import INSTALLED_APPS, defaults

    oscar_settings = {name: getattr(defaults, name) for name in dir(defaults) if name.isupper()}
    settings.configure(
        **oscar_settings,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HAYSTACK_CONNECTIONS={
            "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
        },
        INSTALLED_APPS=INSTALLED_APPS,
        MIGRATION_MODULES=_NoMigrations(),
        ROOT_URLCONF="oscar.urls",
        SECRET_KEY="of a database that lives a minute",  # noqa: S106  nothing is signed
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


def _major(minor):
    return Decimal(minor) / MINOR_PER_MAJOR


def _set_up(case):
    """The case in Oscar's database; a loaded basket."""
    from oscar.apps.offer import models
    from oscar.core.loading import get_class
    from oscar.test import factories

    ranges = {}
    basket = factories.create_basket(empty=True)
    basket.strategy = get_class("partner.strategy", "Default")()
    for line in case["lines"]:
        record = factories.create_stockrecord(
            product=factories.create_product(),
            price=_major(line["unit_price_minor"]),
            num_in_stock=line["quantity"],
        )
        tag = line["tag"]
        if tag not in ranges:
            ranges[tag] = models.Range.objects.create(name=tag)
        ranges[tag].add_product(record.product)
        basket.add_product(record.product, line["quantity"])
    for position, campaign in enumerate(case["campaigns"]):
        tag = campaign["tag"]
        if tag not in ranges:
            ranges[tag] = models.Range.objects.create(name=tag)
        _create_offer(models, campaign, ranges[tag], priority=len(case["campaigns"]) - position)
    return basket


def _create_offer(models, campaign, products, priority):
    kind, value = campaign["kind"], campaign["value"]
    count = 1
    if kind == "percentage":
        benefit_type, benefit_value = models.Benefit.PERCENTAGE, Decimal(value) / 100
    elif kind == "amount":
        benefit_type, benefit_value = models.Benefit.FIXED, _major(value)
    else:
        benefit_type, benefit_value, count = models.Benefit.MULTIBUY, None, value
    models.ConditionalOffer.objects.create(
        name=campaign["id"],
        offer_type=models.ConditionalOffer.SITE,
        priority=priority,
        condition=models.Condition.objects.create(
            range=products, type=models.Condition.COUNT, value=count
        ),
        benefit=models.Benefit.objects.create(
            range=products, type=benefit_type, value=benefit_value
        ),
    )


def _answer(case):
    from oscar.apps.offer.applicator import Applicator

    basket = _set_up(case)
    applicator = Applicator()
    loaded = applicator.get_offers(basket)

    def from_database():
        basket.reset_offer_applications()
        applicator.apply(basket)

    def with_offers_loaded():
        basket.reset_offer_applications()
        applicator.apply_offers(basket, loaded)

    from_database()
    return {
        "name": case["name"],
        "discount_minor": int(basket.total_discount * MINOR_PER_MAJOR),
        "cpu_ms": cpu_ms(from_database),
        "cpu_ms_offers_loaded": cpu_ms(with_offers_loaded),
    }


def main():
    """Answers the cases of standard input, each on an empty database."""
    _start_django()
    answers = []
    for case in json.load(sys.stdin):
        call_command("flush", interactive=False, verbosity=0)
        answers.append(_answer(case))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
