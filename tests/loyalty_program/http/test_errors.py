"""Refusals by themselves, without HTTP."""

import pickle

import pytest

from loyalty_program.errors import KeyReused, Refused
from tests.loyalty_program.http.urls import InsufficientPoints


def test_a_refusal_reads_as_a_sentence_with_its_figures():
    refusal = InsufficientPoints(available=40, requested=60)

    assert str(refusal) == (
        "The wallet does not hold enough available points. (available=40, requested=60)"
    )
    assert str(KeyReused()) == "This idempotency key was used for a different request."


def test_a_refusal_keeps_its_facts_on_the_way_between_processes():
    copy = pickle.loads(pickle.dumps(InsufficientPoints(pointer="/points", requested=60)))

    assert (copy.facts, copy.pointer) == ({"requested": 60}, "/points")


@pytest.mark.parametrize("name", ["type", "title", "status", "code", "detail", "errors"])
def test_no_fact_hides_what_every_problem_says(name):
    with pytest.raises(TypeError, match=name):
        Refused(**{name: 1})
