"""The kinds of links and the wires behind them."""
