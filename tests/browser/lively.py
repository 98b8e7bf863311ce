"""A lively call and a busy board for the fake server: what people see when they develop, test or picture the pages.

Everything is written by hand, in the words of the demonstration call, so that it looks the same on every machine and
with every recogniser.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from tests.browser.fake_server import FakeServer

Json = dict[str, Any]
FAST_FROM_S = 40.0
TURNS: list[tuple[str, float, float, str]] = [  # who, from, to, what
    ("agent", 0.7, 4.1, "您好，我是云川银行客服，工号二零一六。"),
    ("customer", 4.5, 5.9, "你好，有什么事吗？"),
    ("agent", 6.2, 8.5, "请您先报一下身份证号码。"),
    ("customer", 9.0, 13.8, "你都还没说是什么事，我怎么能随便报身份证号呢？"),
    ("agent", 14.2, 20.2, "抱歉，是我没讲清楚。来电是想跟您核对一下装修贷款的还款日，避免逾期。"),
    ("customer", 20.6, 26.7, "哦，贷款的事啊。钱我已经收到了，装修队也进场了，这两天正在贴瓷砖。"),
    ("agent", 27.1, 32.8, "好的。我们的分期账单分成本金和利息，利息按照剩余本金来计算。"),
    ("customer", 33.3, 36.0, "什么意思？我没听懂，你再说一遍。"),
    ("agent", 36.4, 43.7, "简单说，越往后您每个月付的利息越少。另外还有短信提醒的规则，还有提前还款的规则。"),
    ("customer", 44.0, 47.5, "这些我都知道了，你能不能讲快一点，我马上就要出门了。"),
    ("customer", 47.9, 51.1, "你就直接告诉我哪一天还，一共要还多少，其他的都不用讲了。"),
    ("agent", 51.5, 56.0, "明白，我只说两点。每个月十号还款，每期三千二百元。"),
    ("customer", 56.4, 64.2, "那提前还款的手续费能不能免掉，我上次问过你们柜台的人，等了好几天也没有人给我一个说法，"),
    ("agent", 62.2, 64.7, "肯定没问题，我保证给您免掉。"),
    ("customer", 65.2, 66.6, "那我等你们的消息。"),
    ("agent", 67.0, 69.0, "好的，我们会尽快给您处理。"),
    ("customer", 69.4, 70.7, "尽快是几天啊？"),
    ("agent", 71.1, 75.4, "两个工作日之内，我给您回电话。感谢您的接听，再见。"),
]
ITEMS = {
    "OPEN-01": ("报银行名称和工号", "Bank and agent number"),
    "VER-01": ("说明核身目的", "Say why identity is checked"),
    "LOAN-08": ("问贷款用途", "Ask what the loan is for"),
    "DUE-01": ("说清还款日", "Name the due date"),
    "LOAN-09": ("问有无困难", "Ask about difficulties"),
    "CLOSE-05": ("致谢道别", "Thank and close"),
}
PROMPTS: list[tuple[float, float, Json]] = [  # shown at, taken down at, fields
    (9.4, 14.0, {"id": "VER-01#1", "rule": "VER-01", "priority": "P0", "text": {
        "zh": "先说明来意，再核验身份", "en": "Say why you call before you check identity"},
        "evidence": {"because": "agent says ask_id", "heard": [{"speaker": "agent", "phrase": "身份证号码",
                     "text": "身份证号码", "start": 7.4, "end": 8.5}], "not_heard": ["agent said purpose"]}}),
    (33.2, 38.0, {"id": "EMO-02#1", "rule": "EMO-02", "priority": "P1", "text": {
        "zh": "客户没听懂：换个说法再讲一遍", "en": "They did not follow: put it another way"},
        "evidence": {"because": "customer says not_understood", "heard": [{"speaker": "customer", "phrase": "没听懂",
                     "text": "没听懂", "start": 31.2, "end": 32.0}]}}),
    (49.0, 62.3, {"id": "PACE-01#1", "rule": "PACE-01", "priority": "P1", "text": {
        "zh": "客户语速加快：直说两个要点", "en": "They are speeding up: two points, straight"},
        "evidence": {"because": "customer speeds up", "since": 42.9, "measured": {
            "syllables_per_s": 7.6, "baseline": 5.4, "ratio": 1.41, "window_s": 6.1, "source": "words"}}}),
    (62.3, 74.0, {"id": "COMP-02#1", "rule": "COMP-02", "priority": "P0", "text": {
        "zh": "别承诺，改为：我会为您核实", "en": "Do not promise. Say: I will check this for you"},
        "evidence": {"because": "agent says promise", "heard": [{"speaker": "agent", "phrase": "保证", "text": "我保证",
                     "start": 60.2, "end": 61.0}], "modes": ["complaint"]}}),
]


def call_events(until: float = 1e9) -> Iterator[Json]:
    """The events of the call with `at` up to `until`, in order."""
    events = sorted((*_opening(), *_turns(), *_cues(), *_cards()), key=lambda event: event["at"])
    yield from (event for event in events if event["at"] <= until)


def _opening() -> Iterator[Json]:
    yield {"type": "call_started", "at": 0.0, "call": "c-1", "agent": "wang.min", "campaign": "loan_followup",
           "language": "zh", "playbook": "zh-bank@1"}
    yield {"type": "recognition", "at": 0.0, "engine": "whisper", "model": "base", "state": "ready"}
    for item, (zh, en) in ITEMS.items():
        yield {"type": "checklist", "at": 0.0, "item": item, "text": {"zh": zh, "en": en}, "state": "open"}
    for at, item, state in ((4.3, "OPEN-01", "done"), (21.0, "LOAN-08", "done"), (45.0, "LOAN-09", "due"),
                            (58.0, "DUE-01", "done")):
        zh, en = ITEMS[item]
        yield {"type": "checklist", "at": at, "item": item, "text": {"zh": zh, "en": en}, "state": state}
    for at, phase in ((0.5, "greeting"), (6.5, "verify"), (13.5, "purpose"), (22.0, "discover"), (38.0, "handle")):
        yield {"type": "phase", "at": at, "phase": phase}
    yield {"type": "mode", "at": 60.0, "mode": "complaint", "on": True, "reason": "heard a complaint"}


def _turns() -> Iterator[Json]:
    talked = {"agent": 0.0, "customer": 0.0}
    for who, start, end, words in TURNS:
        talked[who] += end - start
        yield {"type": "speech_started", "at": start + 0.1, "speaker": who, "start": start}
        for share in (0.4, 0.75):
            yield {"type": "transcript", "at": start + (end - start) * share + 0.3, "speaker": who, "start": start,
                   "end": start + (end - start) * share, "text": words[: int(len(words) * share)], "final": False}
        yield {"type": "speech", "at": end + 0.3, "speaker": who, "start": start, "end": end}
        yield {"type": "transcript", "at": end + 0.6, "speaker": who, "start": start, "end": end, "text": words,
               "final": True}
        agent = talked["agent"] / sum(talked.values())
        yield {"type": "dynamics", "at": end + 0.4, "kind": "talk_share", "start": 0.0, "end": end, "values": {
            "agent": agent, "customer": 1 - agent, "window_s": 60.0, "agent_call": agent, "customer_call": 1 - agent}}


def _cues() -> Iterator[Json]:
    noise = random.Random(7)  # noqa: S311
    customer = [(start, end) for who, start, end, _ in TURNS if who == "customer"]
    ratio, level = 1.0, 0.2
    for step in range(2, 170):
        at = step * 0.45
        if not any(start + 0.5 < at < end + 0.4 for start, end in customer):
            continue
        target = 1.42 if FAST_FROM_S < at < 54 else 1.12 if at > 54 else 1.0
        ratio += 0.35 * (target - ratio) + noise.gauss(0, 0.025)
        level += 0.3 * ((0.78 if at > 55 else 0.5 if at > FAST_FROM_S else 0.2) - level) + noise.gauss(0, 0.03)
        yield {"type": "pace", "at": at, "speaker": "customer", "syllables_per_s": 5.4 * ratio, "baseline": 5.4,
               "ratio": ratio, "source": "signal", "speech_s": 4.0, "baseline_s": min(18.0, at * 0.4)}
        yield {"type": "stress", "at": at, "speaker": "customer", "level": min(0.98, max(0.02, level)), "features": {},
               "speech_s": 3.0, "baseline_s": min(18.0, at * 0.4)}
    yield {"type": "dynamics", "at": 60.4, "kind": "interruption", "speaker": "agent", "start": 59.5, "end": 60.4,
           "values": {"into_s": 4.1, "overlap_s": 1.0, "talk_s": 0.9}}


def _cards() -> Iterator[Json]:
    for shown, closed, fields in PROMPTS:
        yield {"type": "prompt", "at": shown, "expires_at": shown + 18.0, **fields}
        if fields["id"] == "VER-01#1":
            yield {"type": "agent_action", "at": closed - 0.1, "prompt": fields["id"], "action": "helped"}
        yield {"type": "prompt_closed", "at": closed, "id": fields["id"], "rule": fields["rule"],
               "reason": "acknowledged"}


def play(server: FakeServer, until: float, **call: Any) -> None:
    """Begin the call and bring it to `until` at once."""
    server.begin(**call)
    for event in call_events(until):
        fields = {key: value for key, value in event.items() if key not in ("type", "at")}
        server.event(event["type"], event["at"], **fields)


AGENTS = ("wang.min", "li.na", "zhao.lei", "chen.jing", "liu.yang", "huang.bo", "zhou.ting", "wu.gang", "xu.fei",
          "sun.mei", "ma.chao", "zhu.dan", "hu.jun", "guo.li", "he.ping", "gao.yan", "lin.tao", "luo.xi", "tang.wei",
          "song.jia")
CAMPAIGNS = ("loan_followup", "inbound", "complaint_followup", "wealth_followup", "overdue", "new_account")
CARDS: dict[str, Json] = {
    "P0": {"id": "COMP-02#1", "rule": "COMP-02", "priority": "P0", "text": PROMPTS[3][2]["text"]},
    "P1": {"id": "PACE-01#1", "rule": "PACE-01", "priority": "P1", "text": PROMPTS[2][2]["text"]},
    "P1b": {"id": "LST-01#1", "rule": "LST-01", "priority": "P1",
            "text": {"zh": "让客户说完", "en": "Let them finish"}},
    "P2": {"id": "EXPL-01#1", "rule": "EXPL-01", "priority": "P2", "text": {"zh": "换成大白话", "en": "Plain words"}},
}


def row(index: int, tick: int) -> Json:
    """Call number `index` on the board, `tick` half seconds after the picture was begun. Need falls with the index."""
    kind = index % 20
    at = 4.5 + 37 * (index % 11) + tick * 0.5
    stress = 0.22 + 0.08 * math.sin(tick / 9 + index)
    pace = 1.0 + 0.06 * math.sin(tick / 7 + 2 * index)
    fields: Json = {"need": int(6 + 5 * math.sin(index)), "reasons": [], "modes": [], "silence_s": 0.0, "prompts": []}
    rise = min(1.0, tick / 60)
    if kind == 0:
        stress, pace = stress + 0.5 * rise, pace + 0.2 * rise
        fields |= {"need": 78, "reasons": ["p0", "stress", "stress_rising"], "modes": ["complaint"],
                   "prompts": [CARDS["P0"] | {"at": at - 14}],
                   "tally": {"COMP-02": [1, 0, 0, 0], "PACE-01": [2, 2, 1, 0], "EMO-02": [1, 1, 0, 0]}}
    elif kind == 1:
        pace += 0.42 * rise
        fields |= {"need": 41, "reasons": ["pace", "waiting"], "prompts": [CARDS["P1"] | {"at": at - 11}],
                   "tally": {"PACE-01": [2, 1, 0, 1], "LST-01": [1, 1, 1, 0]}}
    elif kind == 2:
        stress += 0.35 * rise
        fields |= {"need": 34, "reasons": ["stress", "mode"], "modes": ["angry"],
                   "prompts": [CARDS["P1b"] | {"at": at - 4}]}
    elif kind == 3:
        fields |= {"need": 27, "reasons": ["silence"], "silence_s": 11.0}
    elif kind == 4:
        fields |= {"modes": ["elderly"], "prompts": [CARDS["P2"] | {"at": at - 3}]}
    elif kind == 5:
        fields |= {"modes": ["grief"], "need": 12}
        pace -= 0.18
    elif kind == 9:
        fields |= {"recognition": "behind", "reasons": ["recognition"], "need": 15}
    round_ = "" if index < len(AGENTS) else f".{index // len(AGENTS) + 1}"
    return {"agent": AGENTS[index % len(AGENTS)] + round_, "campaign": CAMPAIGNS[index % len(CAMPAIGNS)], "at": at,
            "teams": ["retail" if index % 3 else "loans"], "stress": min(1.0, max(0.0, stress)), "pace": pace,
            "phase": ("handle", "verify", "discover", "confirm")[index % 4], **fields}


def fill_board(server: FakeServer, calls: int, ticks: int = 120) -> None:
    """Two minutes of a board of `calls` calls, at once."""
    for tick in range(0, ticks, 4):
        for index in range(calls):
            server.row(f"c-{index}", **row(index, tick))
