"""Backends come and go while the proxy serves; each line on standard input is the next step."""

from proxykit import Manager

with Manager() as manager:
    manager.add_route("/proxy/", ["http://localhost:8081"])
    manager.start("127.0.0.1:8080")
    print(f"listening on http://{manager.address}; press Enter for each step", flush=True)

    input()
    print("added:", manager.add_backends("/proxy/", ["http://localhost:8082"]), flush=True)
    input()
    print(*manager.list_backends("/proxy/"), sep="\n", flush=True)
    input()
    print("removed:", manager.remove_backends("/proxy/", ["http://localhost:8081"]), flush=True)
    input()
    print(*manager.list_backends("/proxy/"), sep="\n", flush=True)
