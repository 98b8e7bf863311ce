"""How often, how fast: token buckets. Pure but for the clock that is handed in."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from coach.errors import OverloadError


class Bucket:
    """Fills at `rate` a second up to `burst`, and may be overdrawn: then the spender owes time."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def spend(self, amount: float, now: float) -> float:
        """Take `amount`; returns the seconds after which the bucket is no longer overdrawn, 0 if it is not."""
        self._level = min(self._level + self._rate * (now - self._at), self._burst) - amount
        self._at = now
        return max(-self._level / self._rate, 0.0)


class Pace:
    """How long to wait after a softphone's audio was taken. One that speaks in real time never waits."""

    BURST_S = 5.0
    """Audio that is taken as fast as it comes."""
    BEHIND_S = 1.0
    """With so much speech waiting for recognition, audio that was kept through a broken line is taken slowly, so that
    its words come in time instead of being left out."""
    SLOW = 2.0
    """Then so many times as fast as it was spoken."""

    def __init__(self, most: float, now: float) -> None:
        """`most`: so many times as fast as it was spoken audio is taken at any time."""
        self._most = Bucket(most, self.BURST_S, now)
        self._slow = Bucket(self.SLOW, self.BURST_S, now)

    def pause(self, seconds: float, waiting_s: float, now: float) -> float:
        """Seconds to wait after `seconds` of audio, while `waiting_s` of speech wait for recognition."""
        hurried = self._slow.spend(seconds, now) > 0
        pause = self._most.spend(seconds, now)
        return max(pause, seconds / self.SLOW) if hurried and waiting_s > self.BEHIND_S else pause


KEYS_MOST = 10_000


class Limits:
    """A bucket for each key; the one longest unused is forgotten when there are too many."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[object, Bucket] = OrderedDict()

    def check(self, key: object, amount: float = 1.0) -> None:
        """Count `amount` of `key`. Raises OverloadError("rate.limit"); what was refused counts too."""
        now = self._clock()
        bucket = self._buckets.pop(key, None) or Bucket(self._rate, self._burst, now)
        self._buckets[key] = bucket
        if len(self._buckets) > KEYS_MOST:
            self._buckets.popitem(last=False)
        if bucket.spend(amount, now) > 0:
            raise OverloadError("rate.limit", "Too often in too short a time; try again later")
