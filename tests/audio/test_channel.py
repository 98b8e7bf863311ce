"""Offsets decide: what is new, what is a repeat, what is missing."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.audio.channel import ChannelReader, frame_rate
from coach.audio.frames import Frame
from coach.errors import AudioError


def noise(count: int, seed: int = 1) -> np.ndarray:
    """Loud deterministic noise, never zero."""
    samples = np.random.default_rng(seed).integers(1, 8000, count).astype(np.int16)
    return np.where(np.arange(count) % 2, samples, -samples).astype(np.int16)


def read(reader: ChannelReader, blocks: list[tuple[int, np.ndarray]]) -> list[Frame]:
    """All frames when the blocks are pushed and the channel is over."""
    frames: list[Frame] = []
    for offset, samples in blocks:
        reader.push(offset, samples)
        frames += reader.frames()
    reader.finish()
    return frames + reader.frames()


def joined(frames: list[Frame]) -> np.ndarray:
    """All samples in a row."""
    assert [frame.index for frame in frames] == list(range(len(frames)))
    return np.concatenate([frame.samples for frame in frames])


def cut(samples: np.ndarray, sizes: list[int]) -> list[tuple[int, np.ndarray]]:
    """Blocks of the given sizes, over and over."""
    blocks, offset, turn = [], 0, 0
    while offset < len(samples):
        size = sizes[turn % len(sizes)]
        blocks.append((offset, samples[offset:offset + size]))
        offset, turn = offset + size, turn + 1
    return blocks


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_rate_that_stays_passes_samples_untouched(rate: int) -> None:
    """Frames are the samples, the last one filled with zeros."""
    samples = noise(rate + 7)
    frames = read(ChannelReader("customer", rate), [(0, samples)])
    assert not any(frame.missing for frame in frames)
    assert {len(frame.samples) for frame in frames} == {rate // 50}
    assert len(frames) == 51
    np.testing.assert_array_equal(joined(frames)[:len(samples)], samples)
    assert not joined(frames)[len(samples):].any()


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=5), rate=st.sampled_from([8000, 16000, 48000]))
def test_frames_do_not_depend_on_the_blocks(sizes: list[int], rate: int) -> None:
    """The same samples in other blocks give the same frames, to the last bit."""
    samples = noise(rate // 4)
    whole = joined(read(ChannelReader("agent", rate), [(0, samples)]))
    np.testing.assert_array_equal(joined(read(ChannelReader("agent", rate), cut(samples, sizes))), whole)


def test_48_khz_becomes_what_soxr_makes_of_the_whole() -> None:
    """Streaming costs no quality and adds no delay: within rounding of resampling the recording at once."""
    t = np.arange(48000) / 48000
    samples = (8000 * np.sin(2 * np.pi * 440 * t) + 4000 * np.sin(2 * np.pi * 3000 * t)).astype(np.int16)
    streamed = joined(read(ChannelReader("agent", 48000), cut(samples, [777])))
    whole = soxr.resample(samples, 48000, 16000)
    assert len(streamed) == 16000
    assert np.abs(streamed.astype(int) - whole.astype(int)).max() <= 2


def test_live_frames_are_out_within_two_frames_of_their_samples() -> None:
    """The resampler holds back little."""
    reader = ChannelReader("agent", 48000)
    out = 0
    for block in range(50):
        reader.push(block * 960, noise(960))
        out += len(reader.frames())
        assert block + 1 - out <= 2


def test_a_gap_is_missing_frames_and_time_runs_on() -> None:
    """110 ms lost: missing frames where nothing arrived, zeros where only a part did, later audio where it belongs."""
    samples = noise(8000)
    reader = ChannelReader("customer", 8000)
    frames = read(reader, [(0, samples[:4000]), (4880, samples[4880:])])
    assert reader.lost == 880
    assert [frame.index for frame in frames if frame.missing] == [25, 26, 27, 28, 29]
    heard = joined(frames)
    assert not heard[4000:4880].any()
    np.testing.assert_array_equal(heard[4880:8000], samples[4880:])


@pytest.mark.parametrize("rate", [8000, 48000])
def test_gaps_do_not_depend_on_the_blocks(rate: int) -> None:
    """What a gap looks like has nothing to do with how the audio around it was cut."""
    samples = noise(rate)
    holes = [(rate // 10, rate // 5 + 11), (rate // 2, rate // 2 + 50)]

    def with_holes(sizes: list[int]) -> list[tuple[int, np.ndarray]]:
        blocks = []
        for start, end in [(0, holes[0][0]), (holes[0][1], holes[1][0]), (holes[1][1], rate)]:
            blocks += [(start + offset, part) for offset, part in cut(samples[start:end], sizes)]
        return blocks

    large, small = (read(ChannelReader("agent", rate), with_holes(sizes)) for sizes in ([rate], [37, 160]))
    assert [frame.missing for frame in large] == [frame.missing for frame in small]
    assert sum(frame.missing for frame in large) == 5
    np.testing.assert_array_equal(joined(large), joined(small))


def test_a_late_block_within_the_hold_back_is_no_gap() -> None:
    """Overtaken by 180 ms, it is put in its place; nothing is lost, nothing repeated."""
    samples = noise(8000)
    blocks = cut(samples, [160])
    blocks.insert(19, blocks.pop(10))
    reader = ChannelReader("customer", 8000)
    frames = read(reader, blocks)
    assert (reader.lost, reader.repeated) == (0, 0)
    np.testing.assert_array_equal(joined(frames), samples)


def test_a_block_later_than_the_hold_back_is_a_repeat() -> None:
    """Its stretch was declared a gap before; time is not turned back."""
    blocks = cut(noise(8000), [160])
    blocks.append(blocks.pop(10))
    reader = ChannelReader("customer", 8000)
    frames = read(reader, blocks)
    assert (reader.lost, reader.repeated) == (160, 160)
    assert [frame.index for frame in frames if frame.missing] == [10]


def test_a_softphone_that_resumes_may_send_again_what_we_have() -> None:
    """Repeats are dropped, the new tail of an overlapping block is taken, `received` says where to go on."""
    samples = noise(8000)
    reader = ChannelReader("agent", 8000)
    reader.push(0, samples[:3000])
    assert reader.received == 3000
    frames = read(reader, [(0, samples[:1000]), (2000, samples[2000:])])
    assert reader.lost == 0
    assert reader.repeated == 2000
    np.testing.assert_array_equal(joined(frames), samples)


def test_received_is_not_moved_by_what_is_held_back() -> None:
    """An acknowledgement never covers a hole that may still be filled."""
    reader = ChannelReader("agent", 16000)
    reader.push(0, noise(320))
    reader.push(640, noise(320))
    assert reader.received == 320
    reader.push(320, noise(320))
    assert reader.received == 960


def test_an_absurd_offset_is_refused_before_it_costs_memory() -> None:
    """A gap longer than `max_gap_s`, and an offset before the call, are errors and change nothing."""
    reader = ChannelReader("customer", 8000, max_gap_s=2.0)
    for offset, code in [(10**12, "audio.gap"), (-1, "audio.offset")]:
        with pytest.raises(AudioError) as caught:
            reader.push(offset, noise(160))
        assert caught.value.code == code
    reader.push(16000, noise(16000))
    assert [frame.missing for frame in reader.frames()] == [True] * 100 + [False] * 100


def test_rates_of_frames() -> None:
    """Narrow band stays narrow, the rest becomes 16 kHz, others are refused."""
    assert [frame_rate(rate) for rate in (8000, 16000, 48000)] == [8000, 16000, 16000]
    with pytest.raises(AudioError, match=r"audio\.rate"):
        ChannelReader("agent", 44100)


def test_an_empty_channel_has_no_frames() -> None:
    """Finishing what never began is fine."""
    assert read(ChannelReader("agent", 48000), []) == []
