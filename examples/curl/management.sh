#!/bin/sh
# Changes the backends of a running proxy over HTTP. The quick starts listen on 127.0.0.1:8080 and have the route /proxy/.
set -eu
PROXY=${1:-http://127.0.0.1:8080}

# Which backends has the route?
curl -sS "$PROXY/endpoints/list?prefixPath=/proxy/"

# Add two. Those that are there already count 0; one bad target, and nothing is added.
curl -sS "$PROXY/endpoints/add" -d '{
  "prefixPath": "/proxy/",
  "targets": ["http://localhost:8083", "http://localhost:8084"],
  "healthCheck": {"interval": "2s", "timeout": "1s"}
}'

# Look at one.
curl -sS "$PROXY/endpoints?prefixPath=/proxy/&target=http://localhost:8083"

# Remove both. Requests in flight to them finish.
curl -sS "$PROXY/endpoints/remove" -d '{
  "prefixPath": "/proxy/",
  "targets": ["http://localhost:8083", "http://localhost:8084"]
}'
