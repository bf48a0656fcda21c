"""What may be done with one of the runs: rename, take away, open, start again, delete."""

import streamlit as st

from pages.ui import address
from pages.ui.frame import explained, link_to, plain
from pages.ui.server import uploads
from pages.ui.state import session
from vae import library
from vae.errors import CheckpointError, RunError, VAEError
from vae.files import read_regular
from vae.store import checkpoint
from vae.training import arrival, job, owner, runs
from vae.training.run import MAX_TITLE
from vae.training.runs import Run, RunState, Seen

CHOSEN = "run-chosen"  # key of the list of runs
UPLOAD = "checkpoint-upload"  # key of the uploader
NOT_YOURS = "Only who started a run may rename, stop or delete it here."


def show(seen: list[Seen]) -> None:
    """A list to choose from, and everything for the run that is chosen."""
    names = {run.name: one for one in seen for run in one[:1]}
    if st.session_state.get(CHOSEN) not in names:
        st.session_state.pop(CHOSEN, None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="run-actions"):
        name = st.selectbox(
            "Run",
            list(names),
            format_func=lambda name: names[name].run.title,
            key=CHOSEN,
            width=320,
            help="Or click at the left of a line of the table.",
        )
        if name is None:
            return
        run, state = names[name]
        offer(run, state)
    if state.message and state.over:
        st.caption(plain(state.message))


def offer(run: Run, state: RunState) -> None:
    """The buttons; each does what it says at once, but for the one that deletes."""
    mine = job.may_change(run, session().token)
    if run.name in library.checkpoints():
        offer_model(run)
    if st.button("Start again", key="again", help="Train anew with the same settings."):
        job.start(run.config(), session().own())
        st.rerun()
    if not mine:
        st.caption(NOT_YOURS)
        return
    if state.phase == "waiting" and st.button("Leave the line", key="leave"):
        job.stop(run)
        st.rerun()
    with st.popover("Rename", key=f"rename-{run.name}"):
        st.text_input(
            "What to call it",
            run.title,
            max_chars=MAX_TITLE,
            key=f"title-{run.name}",
            on_change=rename,
            args=(run,),
        )
    if state.over:
        offer_to_delete(run)


def offer_model(run: Run) -> None:
    """Its model, to open or to take away; a model of another version says so instead."""
    try:
        checkpoint.describe(run.checkpoint)
    except CheckpointError as error:
        st.caption(plain(str(error)))
        return
    with st.container(key="run-onward", width="content"):
        link_to(address.EXPLORE, "Open in Explore", checkpoint=run.name)
    st.download_button(
        "Download",
        lambda: read_regular(run.checkpoint, checkpoint.MAX_FILE),
        f"{run.name}.safetensors",
        "application/octet-stream",
        on_click="ignore",
        help="The checkpoint, one safe file.",
        key=f"download-{run.name}",
    )


def offer_to_delete(run: Run) -> None:
    """Ask whether it is meant, and then whether it is really meant."""
    with st.popover("Delete", key=f"delete-{run.name}"):
        st.markdown(f"Delete **{plain(run.title)}**, its model and its history?")
        sure = st.checkbox("Yes, and there is no way back.", key=f"sure-{run.name}")
        pressed = st.button("Delete it", key=f"delete-it-{run.name}", disabled=not sure)
    if pressed and sure and job.may_change(run, session().token):
        runs.remove(run)
        st.rerun()


def rename(run: Run) -> None:
    """Call a run what has been typed."""
    if job.may_change(run, session().token):
        with explained():
            try:
                run.write_title(st.session_state[f"title-{run.name}"])
            except OSError as error:
                raise RunError(f"It cannot be renamed: {error.strerror or error}.") from error


def ask_for_a_checkpoint() -> None:
    """Let somebody bring a checkpoint along, which is then a model like any other."""
    with st.expander("Upload a checkpoint"):
        given = st.file_uploader(
            "A checkpoint of Latent Atlas",
            type=["safetensors"],
            accept_multiple_files=True,
            key=UPLOAD,
            help="A file as *Download* gives it. It is read by a loader that runs no code of it.",
        )
        for file in given:
            known = session().brought
            if file.file_id not in known:
                with uploads.content(UPLOAD, file) as content:
                    known[file.file_id] = take_in(content, file.name)
                st.rerun()
            if refusal := known[file.file_id]:
                st.error(plain(refusal))
            else:
                st.success(f"{plain(file.name)} is among the models now.")


def take_in(content: bytes, name: str) -> str:
    """Keep what came, or say why not."""
    try:
        run = arrival.take_in(content, name)
        if token := session().own():
            owner.write(run, token)
    except (VAEError, OSError) as error:
        return str(error)
    return ""
