"""Sockets that the proxy did not bind: descriptors, and what systemd hands in."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from proxykit import BindFailedError, InvalidAddressError, Manager
from support import Backend, Program, accepts, proxykit, request, wait_until


def listening(family: socket.AddressFamily, address: str | tuple[str, int]) -> socket.socket:
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    return listener


def tcp() -> tuple[socket.socket, str]:
    listener = listening(socket.AF_INET, ("127.0.0.1", 0))
    host, port = listener.getsockname()
    return listener, f"{host}:{port}"


@pytest.mark.parametrize("inherited", ["tcp", "unix"])
def test_the_command_takes_a_descriptor(tmp_path: Path, backend: Backend, inherited: str) -> None:
    path = str(tmp_path / "proxy.sock")
    if inherited == "tcp":
        listener, address = tcp()
    else:
        listener, address = listening(socket.AF_UNIX, path), f"unix:{path}"
    with closing(listener):
        number = listener.fileno()
        words = ["serve", "--listen", f"fd:{number}", "--route", f"/x={backend.url}"]
        with proxykit(*words, pass_fds=[number]) as command:
            assert command.address() == address
            assert request(address, "/x/a").status == 200
            command.terminate()
            assert command.end() == (0, "", "")
        # It goes on listening for its owner, and the next one takes over what came meanwhile.
        assert accepts(address)
        assert inherited == "tcp" or Path(path).exists()
        with proxykit(*words, pass_fds=[number]) as command:
            assert command.address() == address
            assert request(address, "/x/a").status == 200


@pytest.mark.parametrize(("listen", "why"), [("fd:777", "is not open"), ("fd:0", "is not a socket")])
def test_a_descriptor_that_is_none(listen: str, why: str) -> None:
    with proxykit("serve", "--listen", listen, "--route", "/x=http://127.0.0.1:9") as command:
        status, output, errors = command.end()
        assert (status, output) == (1, "")
        assert listen in errors
        assert why in errors


def test_a_failed_start_leaves_the_descriptor_alone(manager: Manager) -> None:
    with closing(socket.socket()) as unbound:
        for _ in range(2):
            with pytest.raises(BindFailedError, match=f"fd:{unbound.fileno()} cannot be used: it does not"):
                manager.start(f"fd:{unbound.fileno()}")
        assert unbound.getblocking()
        unbound.bind(("127.0.0.1", 0))
        unbound.listen()
        manager.start(f"fd:{unbound.fileno()}")
        assert accepts(manager.address)


def test_a_manager_works_on_a_copy(manager: Manager, backend: Backend) -> None:
    manager.add_route("/", [backend.url])
    listener, address = tcp()
    same_socket = os.readlink(f"/proc/self/fd/{listener.fileno()}")
    manager.start(f"fd:{listener.fileno()}")
    descriptors = {
        int(entry.name)
        for entry in Path("/proc/self/fd").iterdir()
        if entry.is_symlink() and os.readlink(entry) == same_socket
    }
    copies = descriptors - {listener.fileno()}
    assert copies
    assert not any(os.get_inheritable(copy) for copy in copies)
    listener.close()
    assert request(address, "/a").status == 200
    manager.stop(0)
    assert not accepts(address)


@pytest.mark.parametrize("address", ["fd:", "fd:x", "fd:-1", "systemd:", "systemd:a:b"])
def test_bad_addresses(manager: Manager, address: str) -> None:
    with pytest.raises(InvalidAddressError, match=address):
        manager.start(address)


def test_systemd_hands_nothing_to_this_process(manager: Manager) -> None:
    with pytest.raises(BindFailedError, match="systemd:web cannot be used: no socket was handed"):
        manager.start("systemd:web")


# What systemd does before it starts a service: the sockets stand from 3 on, and are for this process.
HAND_IN = """
import os, sys
count = int(sys.argv[1])
for number, descriptor in enumerate(sys.argv[2 : 2 + count]):
    os.dup2(int(descriptor), 3 + number)
os.environ["LISTEN_PID"], os.environ["LISTEN_FDS"] = str(os.getpid()), sys.argv[1]
os.execv(sys.executable, [sys.executable, *sys.argv[2 + count :]])
"""


def test_what_systemd_hands_in_is_found_by_its_name(backend: Backend) -> None:
    (admin_listener, admin), (web_listener, web) = tcp(), tcp()
    with closing(admin_listener), closing(web_listener):
        # Above the numbers that they get, so that none is in the way of another.
        numbers = [fcntl.fcntl(listener, fcntl.F_DUPFD, 10) for listener in (admin_listener, web_listener)]
        command = str(Path(sys.executable).with_name("proxykit"))
        words = ["serve", "--listen", "systemd:web", "--management", "systemd:admin"]
        env = {**os.environ, "LISTEN_FDNAMES": "admin:web"}
        outside = ["-c", HAND_IN, "2", *map(str, numbers), command, *words, "--route", f"/x={backend.url}"]
        with Program(*outside, env=env, pass_fds=numbers) as program:
            assert program.address() == web
            assert program.address("management") == admin
            assert request(web, "/x/a").status == 200
            assert request(admin, "/endpoints/list?prefixPath=/x").status == 200
        for number in numbers:
            os.close(number)


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
def test_systemd_starts_the_command_when_a_client_comes(backend: Backend) -> None:
    listener, address = tcp()
    listener.close()
    command = str(Path(sys.executable).with_name("proxykit"))
    words = ["serve", "--listen", "systemd", "--route", f"/x={backend.url}"]
    activated = ["systemd-socket-activate", "-l", address, command, *words]
    process = subprocess.Popen(activated, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or accepts(address))
        assert request(address, "/x/a").status == 200
    finally:
        process.terminate()
        process.wait()
