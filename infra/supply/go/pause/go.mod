module slipway.dev/supply/pause

go 1.26.0
