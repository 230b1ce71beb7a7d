"""What a proxied request costs a Python program, beside the proxies that are written in Python."""
