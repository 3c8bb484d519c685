"""What ends or holds up a process of nameko 2.14.1 and not ours; see test_nameko_defects.py for the list."""

import signal
import subprocess

import pytest

from tests.integration.messaging.given import kwargs
from tests.support.samples import OURS, PLAIN, Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire

LONG_ENOUGH_S = 1.0
both = pytest.mark.parametrize("ours", [True, False], ids=["ours", "plain nameko"])


def test_13_an_exception_in_an_extension_ends_all_of_namekos_services_and_is_no_end_to_ours(
    samples: Samples, bare: Wire
):
    """Ours have no extension that may raise; one that a service brings along ends its own process alone."""
    plain = samples.run("plain-mortal", *PLAIN)
    bare.publish("plain-mortal.echo", kwargs(text="the dependency fails"), reply_to="nobody")
    assert plain.wait(10) != 0
    samples.processes.pop("plain-mortal")
    bare.channel.queue_delete("rpc-plain-mortal")
    assert bare.call("sample.echo", kwargs(text="the dependency fails"))["error"] is None


@both
def test_14_a_malformed_call_kills_nobody(samples: Samples, bare: Wire, ours: bool):
    """nameko's process dies, the message goes back, and the next process dies of it too."""
    if ours:
        bare.publish("sample.echo", b"[]", content_type=None)
        assert bare.call("sample.pid")["result"] == {"pid": samples.processes["sample"].pid}
        return
    victims = [samples.run("plain-victim", *PLAIN)]
    bare.publish("plain-victim.echo", b"{}", content_type=None)
    assert victims[0].wait(10) != 0
    next_one = samples.start("plain-victim", *PLAIN, SAMPLE_NAME="plain-victim")
    assert next_one.wait(10) != 0
    samples.processes.pop("plain-victim")
    bare.channel.queue_delete("rpc-plain-victim")


@both
def test_18_a_queue_with_other_arguments_keeps_nobody_from_starting(samples: Samples, bare: Wire, ours: bool):
    name, command = ("other", OURS) if ours else ("plain-other", PLAIN)
    queue = f"rpc-{name}"
    bare.channel.queue_declare(queue, durable=True, arguments={"x-max-length": 5})
    process = samples.start(name, *command, SAMPLE_NAME=name)
    wait_until(lambda: b"PRECONDITION_FAILED" in samples.log(name) or not ours, what="it says why")
    if ours:
        assert b"started" in samples.log(name)
        bare.channel.queue_delete(queue)
        wait_until(lambda: b"rpc_ready" in samples.log(name), what="it serves once the queue is mended")
        assert samples.end(name) == 0
    else:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(LONG_ENOUGH_S)
        process.send_signal(signal.SIGTERM)
        assert b"rpc_ready" not in samples.log(name)
        samples.kill(name)
        bare.channel.queue_delete(queue)
