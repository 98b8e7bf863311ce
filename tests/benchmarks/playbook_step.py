"""What the playbook costs: a 60-minute call with the full pack, from its events, in seconds of CPU.

    python -m tests.benchmarks.playbook_step [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from coach.events import CallEnded, CallStarted, Event, Pace, Speech, SpeechStarted, Stress, Transcript
from coach.playbook import load
from coach.playbook.logs import heard
from coach.playbook.rehearsal import run

MINUTES = 60
TURN_S, PAUSE_S = 4.0, 0.6
AGENT = ("好的，我帮您看一下这个月的账单。", "这笔费用是上个月产生的，已经记录下来了。",
         "您可以在手机银行里面看到明细。", "另外提醒您，下个月十八号是还款日。", "请问您还有其他想了解的吗？")
CUSTOMER = ("嗯，我上个月没有用过这张卡。", "我想知道这个费用是怎么来的。", "好的，我知道了，那明细在哪里看？",
            "我平时都是在网点办的，手机不太会用。", "没有了，你接着说吧。")


def events() -> list[Event]:
    """An hour of talk, turn by turn, with the cues a pipeline would bring."""
    found: list[Event] = [CallStarted(0.0, "long", "a", "inbound", "zh", "")]
    at, turn = 0.5, 0
    while at < MINUTES * 60:
        speaker, lines = ("agent", AGENT) if turn % 2 == 0 else ("customer", CUSTOMER)
        end = at + TURN_S
        found += [SpeechStarted(at + 0.1, speaker, at), Speech(end + 0.3, speaker, at, end),
                  Transcript(end + 0.6, speaker, at, end, lines[turn // 2 % len(lines)], final=True)]
        for step in range(8):
            found.append(Pace(at + step * 0.5, speaker, 4.5, 4.5, 1.0, "signal", 4.0, 30.0))
            if speaker == "customer":
                found.append(Stress(at + step * 0.5, "customer", 0.2, {}, 4.0, 30.0))
        at, turn = end + PAUSE_S, turn + 1
    return heard([*found, CallEnded(MINUTES * 60 + 10.0, "bye")])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    playbook, found = load("zh-bank"), events()
    started = time.process_time()
    cards = sum(event.type == "prompt" for _, told in run(playbook, found) for event in told)
    cost = time.process_time() - started
    figures = {"minutes": MINUTES, "events": len(found), "rules": len({case.rule for case in playbook.cases}),
               "phrases": playbook.matcher.size, "cards": cards, "cpu_s": round(cost, 2),
               "us_per_event": round(cost / len(found) * 1e6, 1)}
    print(json.dumps(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
