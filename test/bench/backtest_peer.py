#!/usr/bin/env python3
"""backtest_peer.py DIR: the strategy of backtest_loop.c with numpy: indicators over whole columns,
the trades in a loop over their signals. Prints nanoseconds a bar, reading left out."""
import sys
import time
from pathlib import Path

import numpy as np


def rolling(values, n):
    return np.lib.stride_tricks.sliding_window_view(values, n)


def rsi(close, n):
    change = np.diff(close)
    up, down = np.maximum(change, 0), np.maximum(-change, 0)
    out = np.full(len(close), np.nan)
    gain, loss = up[:n].mean(), down[:n].mean()
    for i in range(n, len(change) + 1):
        if i > n:
            gain += (up[i - 1] - gain) / n
            loss += (down[i - 1] - loss) / n
        out[i] = 100 * gain / (gain + loss) if gain + loss > 0 else np.nan
    return out


def trades(bars):
    when, opened, high, low, close, volume = bars.T
    mean = np.full(len(close), np.nan)
    deviation = mean.copy()
    mean[19:] = rolling(close, 20).mean(axis=1)
    deviation[19:] = rolling(close, 20).std(axis=1)
    usual = np.full(len(close), np.nan)
    usual[20:] = rolling(volume, 20).mean(axis=1)[:-1]
    place = np.arange(len(close)) % 78
    signal = (close < mean - 2.5 * deviation) & (rsi(close, 14) < 30) & (volume > 3 * usual)
    signal &= (place < 74) & (np.arange(len(close)) >= 250)
    done, free = 0, 0
    for i in np.flatnonzero(signal):
        if i < free or i + 1 >= len(close):
            continue
        stop, target, until = close[i] * 0.99, close[i] * 1.05, when[i + 1] + 1800
        k = i + 1
        while k + 1 < len(close) and low[k] > stop and high[k] < target:
            if close[k] >= mean[k] or when[k] + 300 >= until or place[k] >= 74:
                break
            k += 1
        free, done = k + 1, done + 1
    return done


def main():
    files = sorted(Path(sys.argv[1]).iterdir())
    columns = [np.loadtxt(f, delimiter=",", skiprows=1) for f in files]
    begun = time.process_time()
    for bars in columns:
        trades(bars)
    took = time.process_time() - begun
    print(f"{took * 1e9 / sum(len(b) for b in columns):.1f}")


main()
