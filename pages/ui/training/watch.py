"""What is seen of a training: the live map of one that goes on, the life of one that is over."""

from base64 import b64encode

import streamlit as st

from pages.ui import charts, resources
from pages.ui.components.training.component import show_training
from pages.ui.frame import explained
from pages.ui.glossary import explain
from pages.ui.state import session
from pages.ui.training import controls
from vae.evaluate import unit
from vae.recipes import RECIPES
from vae.training import flags, timeline
from vae.training.runs import Run

PLAIN = {"displayModeBar": False}


def show(run: Run | None) -> None:
    """The map of a run, if there is one, or of a life that is chosen."""
    goes_on = run is not None and not run.state().over
    name = choose(run)
    if run and name == run.name:
        controls.show(run)
        if goes_on or has_life(run):
            draw(run.name, goes_on)
        else:
            show_epochs(run)
        with st.expander("The same run from the command line"):
            st.code("python -m vae train " + " ".join(flags.spell(run.config())), language="bash")
    elif name:
        st.caption(
            "A training that was recorded: press Play, or drag the slider under the map. "
            "Start one of your own above, and its map moves here while it learns."
        )
        draw(name, goes_on=False)


def choose(run: Run | None) -> str | None:
    """Whose life is shown: that of the run, unless somebody would rather see a recorded one."""
    recorded = sorted(timeline.names(), key=lambda name: name not in RECIPES)
    names = [*([run.name] if run else []), *recorded]
    if len(names) < 2:
        return names[0] if names else None
    key = f"life-{run.name if run else ''}"
    return st.radio(
        "Whose training",
        names,
        format_func=spell,
        key=key,
        horizontal=True,
        label_visibility="collapsed",
    )  # fmt: skip


def spell(name: str) -> str:
    """What a life is called."""
    if name not in timeline.names():
        return name
    return "Recorded: " + (RECIPES[name].title if name in RECIPES else name.replace("-", " "))


def has_life(run: Run) -> bool:
    """Whether there are moments to go through."""
    return sum(1 for _ in (run.folder / "snapshots").glob("*.bin")) > 1


def draw(name: str, goes_on: bool) -> None:
    """The component."""
    mine = session().digit
    show_training(
        {"name": name, "live": goes_on, "mine": b64encode(mine).decode() if mine else None}
    )


def show_epochs(run: Run) -> None:
    """Of a run that has kept no moments: its curves, and the map after its last epoch."""
    history = run.history()
    if not history:
        return
    last, config = history[-1], run.config()
    judge = "validation" if config.train.validation else "test"
    left, right = st.columns([3, 2], gap="large")  # the map is square
    left.markdown(
        f"{judge.capitalize()} ELBO **{last['held_elbo']:.2f}** {unit(config.model)}: "
        f"reconstruction {last['held_reconstruction']:.2f}, KL {last['held_kl']:.2f}",
        help=explain("ELBO", "reconstruction", "KL", "nats"),
    )
    left.plotly_chart(charts.curves(history, config.train, judge), key="curves", config=PLAIN)
    right.markdown("The test digits on the map", help=explain("latent space", "encoder"))
    with right, explained():
        st.plotly_chart(resources.last_plane(run), key="plane", config=PLAIN)
