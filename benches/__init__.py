"""Proxy Kit beside other proxies: what a request costs, how long it takes, what is held in memory."""
