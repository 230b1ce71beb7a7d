module proxykit-bench-host

go 1.22

require proxykit v0.0.0

replace proxykit => ../../../proxykit-go
