module slipway.dev/runc-lean

go 1.21
