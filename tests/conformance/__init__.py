"""Proxy Kit beside nginx and HAProxy: the same bytes, the same backends, one table."""
