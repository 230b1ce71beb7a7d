module proxykit-bench-go

go 1.24
