import time
from threading import Event
from uuid import uuid4

from streamlit.testing.v1 import AppTest

from dashboard.shared.progress import PATIENCE_SECONDS
from medmeta_core.jobs import find_job, start
from medmeta_core.progress import Progress


def page(key: str) -> None:
    import streamlit as st

    from dashboard.shared.progress import job_progress
    from medmeta_core.jobs import find_job

    job = find_job(key)
    if job is not None and job.state == "running":
        job_progress(job)
    elif job is not None:
        st.write(job.state)


def page_of(key: str) -> AppTest:
    return AppTest.from_function(page, args=(key,), default_timeout=30).run()


def test_a_quick_job_shows_its_end_at_once() -> None:
    key = uuid4().hex
    start("Quick", lambda _: time.sleep(PATIENCE_SECONDS / 4), key=key)
    assert [text.value for text in page_of(key).markdown] == ["done"]


def test_a_long_job_can_be_stopped() -> None:
    key, going_on = uuid4().hex, Event()

    def work(progress: Progress) -> None:
        while not going_on.wait(0.01):
            progress(0.5, "half")

    job = start("Long", work, key=key)
    try:
        at = page_of(key)
        at.button(key=f"stop-{job.id}").click().run()
        assert job.wait(10)
    finally:
        going_on.set()
    found = find_job(key)
    assert found is not None and found.state == "stopped"
