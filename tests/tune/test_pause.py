"""Ctrl-C and SIGTERM, noted until a step has ended."""

from __future__ import annotations

import os
import signal

import pytest

from seedbed.tune.pause import Pause, stoppable


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_is_noted_and_the_next_interrupts(number: signal.Signals) -> None:
    with stoppable():
        with Pause() as pause:
            os.kill(os.getpid(), number)
            assert pause.asked
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_sigterm_is_what_it_was_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is before
