"""What the first visitor would wait for, done while nobody does: torch, a model, workers."""

import logging
from contextlib import suppress
from threading import Thread

NAME = "warm"
COMPLAINS = "streamlit.runtime.scriptrunner_utils.script_run_context"


def start() -> None:
    """Begin in a thread; the server answers meanwhile."""
    # That nobody visits, of which Streamlit's caches warn, is the point.
    logging.getLogger(COMPLAINS).addFilter(lambda record: record.threadName != NAME)
    Thread(target=_load, name=NAME, daemon=True).start()


def _load() -> None:
    from pages.ui import resources
    from vae import library, memory
    from vae.digit import pool
    from vae.errors import VAEError

    memory.give_back()
    with suppress(VAEError):  # whoever asks for it will be told
        resources.load(library.DEFAULT)
    pool.shared().start()
