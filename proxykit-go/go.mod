module proxykit

go 1.22
