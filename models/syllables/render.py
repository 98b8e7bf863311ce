"""Renders the clips that the syllable weights were fitted on.

    /path/to/render-venv/bin/python models/syllables/render.py FOLDER [--tools ../shared/tools]

Ten sentences of a bank's callers in eight synthetic Mandarin voices at three to four speeds, 240 clips. Needs the
environment that render_calls.py describes (Kokoro-82M, Apache-2.0); the clips are not shipped. Writes FOLDER/*.flac
and FOLDER/clips.csv (file, speaker, syllables, speed).
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
import soundfile

SENTENCES = (
    "我上个月的账单还没有收到，不知道是不是地址填错了，你帮我查一下好吗？",
    "昨天下午我去你们支行排了两个小时的队，结果柜台说材料不够，让我下个星期再去一趟。",
    "房子是去年八月份买的，贷款批了三十年，现在每个月要还六千四百块钱左右。",
    "我儿子在上海读大学，生活费都是从这张卡里转过去的，以前从来没有收过手续费。",
    "如果提前还一部分的话，是每个月少还一点，还是年限可以缩短一点？",
    "你先听我说完，这个钱不是我花的，短信上写的商店我根本就没有去过。",
    "卡号是六二二八，四八零三，一一五七，九零二六，户名是王小梅。",
    "水电费，物业费，电话费，还有孩子的学费，这些都可以自动扣吗？",
    "我们家附近那个网点搬走了以后，老人取钱特别不方便，坐车要坐四十分钟。",
    "其实我也不是不想还，就是最近工厂效益不好，工资晚发了半个月。",
)


def speeds(voice: int, sentence: int) -> tuple[float, ...]:
    """Normal and fast for all; slow and very fast for every other clip."""
    return (0.85, 1.0, 1.3, 1.5) if (voice + sentence) % 2 == 0 else (1.0, 1.3)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--tools", type=Path, default=Path(__file__).resolve().parents[3] / "shared" / "tools")
    chosen = options.parse_args()
    sys.path.insert(0, str(chosen.tools))
    from render_calls import Voice  # type: ignore[import-not-found]

    chosen.folder.mkdir(parents=True, exist_ok=True)
    engine = Voice()
    voices = sorted(name for name in engine.styles if name.startswith("z"))
    with (chosen.folder / "clips.csv").open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(("file", "speaker", "syllables", "speed"))
        for v, voice in enumerate(voices):
            for s, sentence in enumerate(SENTENCES):
                for speed in speeds(v, s):
                    audio = engine.say(sentence, voice, speed)
                    name = f"{voice}_{s}_{speed}.flac"
                    soundfile.write(chosen.folder / name, audio / np.abs(audio).max() * 0.5, 16000)
                    rows.writerow((name, voice, sum("\u4e00" <= c <= "\u9fff" for c in sentence), speed))


if __name__ == "__main__":
    main()
