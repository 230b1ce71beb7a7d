"""Each error is a class with a number, a name and natural bases."""

from __future__ import annotations

import errno
import pickle
from collections.abc import Callable

import pytest

import proxykit
from proxykit import HealthCheck, Manager, ProxyKitError, _proxykit, exceptions

CLASSES = [getattr(proxykit, name) for name in exceptions.__all__]
# No call in Python meets a NULL pointer, nor what requests and the HTTP API meet.
NEVER_RAISED = {1001}
REQUESTS = 1400


def test_every_kind_that_a_call_can_raise_has_its_class() -> None:
    kinds = [kind for kind in _proxykit.error_kinds() if kind[0] < REQUESTS and kind[0] not in NEVER_RAISED]
    classes = [(cls.code, cls.name) for cls in CLASSES if cls is not ProxyKitError]
    assert sorted(classes) == kinds


@pytest.mark.parametrize("cls", CLASSES)
def test_classes_are_where_their_names_say(cls: type[ProxyKitError]) -> None:
    assert issubclass(cls, ProxyKitError)
    assert getattr(exceptions, cls.__name__) is cls
    assert cls.__module__ == "proxykit.exceptions"
    assert cls.__doc__


def bad_check(**fields: float) -> Callable[[Manager], None]:
    return lambda manager: manager.add_route("/y", health_check=HealthCheck(**fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "name", "base", "text"),
    [
        (lambda manager: manager.add_route("/a//b"), "invalid_prefix", ValueError, '"/a//b"'),
        (lambda manager: manager.add_route("/y", ["ftp://h"]), "invalid_target", ValueError, '"ftp://h"'),
        (
            lambda manager: manager.add_route("/y", balancer="fastest"),
            "invalid_option",
            ValueError,
            '"fastest"',
        ),
        (
            lambda manager: manager.add_route("/y", connect_timeout=0),
            "invalid_option",
            ValueError,
            "connect_timeout",
        ),
        (bad_check(interval=-1), "invalid_option", ValueError, 'health_interval "-1s"'),
        (bad_check(timeout=float("nan")), "invalid_option", ValueError, 'health_timeout "nans"'),
        (bad_check(interval=float("inf")), "invalid_option", ValueError, 'health_interval "infs"'),
        (bad_check(rise=-1), "invalid_option", ValueError, 'health_rise "-1"'),
        (bad_check(fall=2**32), "invalid_option", ValueError, 'health_fall "4294967296"'),
        (bad_check(rise=2**70), "invalid_option", ValueError, f'health_rise "{2**70}"'),
        (bad_check(rise=10**5000), "invalid_option", ValueError, "health_rise"),
        (bad_check(interval=10**400), "invalid_option", ValueError, "health_interval"),
        (bad_check(jitter=10**400), "invalid_option", ValueError, "health_jitter"),
        (lambda _: Manager(workers=2**70), "invalid_option", ValueError, "workers"),
        (lambda _: Manager(idle_timeout="5"), "invalid_option", ValueError, 'idle_timeout "5"'),
        (lambda manager: manager.add_route("/\udcff"), "invalid_utf8", UnicodeError, "surrogates"),
        (lambda manager: manager.add_route("/y", ["\ud800"]), "invalid_utf8", ValueError, "surrogates"),
        (lambda manager: manager.remove_route("\ud800"), "invalid_utf8", UnicodeError, "surrogates"),
        (lambda manager: manager.start("\ud800"), "invalid_utf8", UnicodeError, "surrogates"),
        (lambda _: Manager(management="\ud800"), "invalid_utf8", UnicodeError, "surrogates"),
        (bad_check(jitter=2), "invalid_option", ValueError, "health_jitter 2"),
        (lambda _: Manager(workers=-1), "invalid_option", ValueError, 'workers "-1"'),
        (lambda _: Manager(management="on"), "invalid_option", ValueError, '"on"'),
        (lambda _: Manager(trusted_proxies=["10.0.0.0/33"]), "invalid_option", ValueError, "10.0.0.0/33"),
        (lambda manager: manager.start("8080"), "invalid_address", ValueError, '"8080"'),
        (lambda manager: manager.add_route("/x"), "route_exists", ValueError, '"/x/"'),
        (lambda manager: manager.remove_route("/y"), "route_not_found", KeyError, '"/y/"'),
        (lambda manager: manager.get_backend("/x", "http://h"), "backend_not_found", KeyError, "http://h"),
        (lambda manager: manager.wait(), "not_started", RuntimeError, "not started"),
        (lambda manager: manager.stop(-1), "invalid_argument", ValueError, "deadline -1s"),
        (lambda manager: manager.wait(float("nan")), "invalid_argument", ValueError, "timeout NaN"),
        (lambda manager: manager.wait(10**400), "invalid_argument", ValueError, "timeout inf"),
        (lambda manager: manager.stop("5"), "invalid_argument", ValueError, '"5"'),
    ],
)
def test_calls_raise(
    manager: Manager, call: Callable[[Manager], object], name: str, base: type[Exception], text: str
) -> None:
    manager.add_route("/x")
    with pytest.raises(ProxyKitError) as caught:
        call(manager)
    error = caught.value
    assert error.name == name
    assert isinstance(error, base)
    assert text in str(error)
    assert (error.code, error.name) in _proxykit.error_kinds()
    assert [route.prefix for route in manager.routes()] == ["/x/"], "nothing was changed"


def test_a_token_is_never_shown() -> None:
    with pytest.raises(proxykit.InvalidOptionError) as caught:
        Manager(management_token="two words")
    assert "two words" not in str(caught.value)


def test_an_address_in_use_is_an_os_error(served: Manager) -> None:
    with pytest.raises(OSError, match=served.address) as caught:
        Manager().start(served.address)
    assert isinstance(caught.value, proxykit.AddressInUseError)
    assert caught.value.errno == errno.EADDRINUSE


def test_an_address_that_cannot_be_bound_says_why(manager: Manager) -> None:
    with pytest.raises(proxykit.BindFailedError) as caught:
        manager.start("unix:/no/such/folder/proxy.sock")
    assert caught.value.errno == errno.ENOENT


def test_a_kind_without_a_class_keeps_its_number_and_name() -> None:
    error = exceptions._from_native(1401, "no_route", "no route takes this path", None)
    assert type(error) is ProxyKitError
    assert (error.code, error.name, str(error)) == (1401, "no_route", "no route takes this path")
    assert (ProxyKitError.code, ProxyKitError.name) == (0, "unknown")


def test_errors_can_be_sent_to_other_processes(manager: Manager) -> None:
    with pytest.raises(ProxyKitError) as caught:
        manager.remove_route("/x")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), copy.code, str(copy)) == (type(caught.value), 1202, str(caught.value))


def test_a_token_that_is_no_text_is_not_shown_either() -> None:
    with pytest.raises(proxykit.InvalidUtf8Error) as caught:
        Manager(management_token="secret\ud800")
    assert "secret" not in str(caught.value)
