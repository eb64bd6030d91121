from streamlit.testing.v1 import AppTest

from medmeta_core.errors import OutOfMemoryError


def page_with_a_bug() -> None:
    from dashboard.shared.error_messages import show_errors

    with show_errors():
        raise ValueError("Jane Roe, born 1960")


def page_with_a_broken_rule() -> None:
    from dashboard.shared.error_messages import show_errors
    from medmeta_core.errors import SupportSetError

    with show_errors():
        raise SupportSetError("two-conditions", found=1)


def page_without_memory() -> None:
    from dashboard.shared.error_messages import show_errors

    with show_errors():
        try:
            raise MemoryError
        except MemoryError as error:
            raise ValueError("Jane Roe") from error


def page_whose_server_is_told() -> None:
    import streamlit as st

    from dashboard.shared.error_messages import show_error

    st.text(str([show_error(MemoryError()), show_error(ValueError("Jane Roe"))]))


def test_lack_of_memory_is_reported_in_one_sentence() -> None:
    (error,) = AppTest.from_function(page_without_memory).run().error
    assert error.value == str(OutOfMemoryError())


def test_what_nothing_stands_around_is_shown_in_the_same_words() -> None:
    page = AppTest.from_function(page_whose_server_is_told).run()
    assert page.error[0].value == str(OutOfMemoryError())
    assert "incident" in page.error[1].value and "Roe" not in page.error[1].value
    assert page.text[0].value == "[True, True]"  # Streamlit shows nothing of its own


def test_a_bug_shows_a_number_and_never_its_text() -> None:
    (error,) = AppTest.from_function(page_with_a_bug).run().error
    assert "incident" in error.value
    assert "Roe" not in error.value


def test_what_the_clinician_can_mend_is_reported_in_words() -> None:
    (error,) = AppTest.from_function(page_with_a_broken_rule).run().error
    assert error.value == "At least two conditions are needed, found 1."
