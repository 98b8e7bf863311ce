"""Makes the numbers of model.toml from calm speech alone.

    python models/agitation/fit.py [--shared DIR]

Prints the `[scale]` table: how far calm utterances of the ten EmoDB speakers (telephone condition) lie from other calm
ones of the same speaker; and `offset` and `slope` of `[map]`: the level is 0.5 where 2 % of calm stretches end up, and
0.15 in the middle of them. The weights, clips and the steepness are chosen by hand; README.md says on what grounds.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from coach.cues.stress import StressModel
from tests.benchmarks.stress import listen, scales, scores_of
from tests.benchmarks.telephone import parser


def main() -> None:
    options = parser("agitation", __doc__ or "").parse_args()
    model = StressModel.shipped()
    calm = [u for u in listen(options.shared, "emodb", "telephone") if u.emotion == "neutral"]
    model = replace(model, scale=scales(calm, model))
    totals = np.array([model.total(scores) for _, scores in scores_of(calm, model)])
    middle, rare = np.percentile(totals, [50, 98])
    slope = np.log(0.85 / 0.15) / (rare - middle)
    print("[scale]")
    for name, value in model.scale.items():
        print(f"{name} = {value:.2f}")
    print(f"[map]\noffset = {rare:.2f}\nslope = {slope:.2f}")


if __name__ == "__main__":
    main()
