"""A program that stopped working is told from one that works."""

import os
import time

import pytest

from loyalty_program import pulse


@pytest.fixture
def directory(tmp_path, settings):
    settings.PULSE_DIRECTORY = str(tmp_path)
    return tmp_path


def test_a_pulse_is_felt(directory):
    pulse.give("relay")

    assert pulse.is_felt("relay")
    assert not pulse.is_felt("worker")


def test_an_old_pulse_is_felt_no_longer(directory):
    pulse.give("relay")
    (file,) = directory.iterdir()
    long_ago = time.time() - pulse.TOO_LONG_SECONDS - 1
    os.utime(file, (long_ago, long_ago))

    assert not pulse.is_felt("relay")

    pulse.give("relay")
    assert pulse.is_felt("relay")


def test_without_a_directory_nothing_is_written(directory, settings):
    settings.PULSE_DIRECTORY = ""

    pulse.give("relay")

    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("hosts", [["shop.example"], [".shop.example"], ["*"]])
def test_the_web_server_is_asked_under_a_name_it_answers_to(live_server, settings, hosts):
    settings.ALLOWED_HOSTS = hosts

    assert pulse.web_answers(port=live_server.thread.port)


def test_a_web_server_that_is_gone_does_not_answer(live_server):
    port = live_server.thread.port
    live_server.stop()

    assert not pulse.web_answers(port=port)
