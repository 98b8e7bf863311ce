"""`coach models list | fetch | path`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tqdm import tqdm

from coach import settings
from coach.errors import RecognitionError
from coach.recognition.engines import PREFERRED, open_store
from coach.recognition.manifest import Model
from coach.recognition.store import ModelStore

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name

def add(commands: Commands) -> None:
    """Add the family to the parser."""
    models = commands.add_parser("models", help="recognition models: what there is, where it is, fetch it")
    kinds = models.add_subparsers(required=True, metavar="list|fetch|path")
    kinds.add_parser("list", help="all models that are known").set_defaults(run=_list)

    fetch = kinds.add_parser("fetch", help="bring models to this machine")
    fetch.add_argument("name", nargs="*", metavar="NAME")
    fetch.add_argument("--language", metavar="zh", help="what calls in this language need")
    fetch.add_argument("--mirror", help="base URL or folder to fetch from (default: COACH_MIRROR)")
    fetch.add_argument("--offline", action="store_true", default=None, help="touch no network")
    fetch.set_defaults(run=_fetch)

    path = kinds.add_parser("path", help="print the folder of a model")
    path.add_argument("name", metavar="NAME")
    path.set_defaults(run=_path)


def _list(_: argparse.Namespace) -> int:
    store = open_store(settings.load())
    for model in store.models:
        print(f"{model.name:28} {model.engine:8} {model.language:3} {store.path(model.name) or '-'}")
        print(f"{'':28} {model.licence}; {model.about}")
    return 0


def _path(args: argparse.Namespace) -> int:
    store = open_store(settings.load())
    path = store.path(args.name)
    if path is None:
        raise RecognitionError("model.absent", f"{args.name} is not here; coach models fetch {args.name}")
    print(path)
    return 0


def _fetch(args: argparse.Namespace) -> int:
    store = open_store(settings.load(mirror=args.mirror, offline=args.offline))
    for name in args.name:
        print(f"{name}: {_bring(store, store.find(name))}")
    if args.language:
        _fetch_for(store, args.language)
    return 0


def _fetch_for(store: ModelStore, language: str) -> None:
    """The best model that can be had for each engine; raises RecognitionError only if there is none at all."""
    found = False
    for engine in PREFERRED:
        for model in store.candidates(engine, language)[:1]:
            if not store.path(model.name) and not store.worth_trying(model):
                print(f"{model.name}: not here, and not tried again so soon; coach models fetch {model.name}")
                continue
            try:
                print(f"{model.name}: {_bring(store, model)}")
                found = True
            except RecognitionError as error:
                print(f"{model.name}: not to be had now ({error.text})")
    if not found:
        raise RecognitionError("model.none", f"no recognition model for {language!r}: calls get acoustic cues only")


def _bring(store: ModelStore, model: Model) -> str:
    with tqdm(desc=model.name, unit="B", unit_scale=True, disable=not sys.stderr.isatty(), leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        return str(store.fetch(model.name, progress))
