from streamlit.testing.v1 import AppTest


def page_with_a_bug() -> None:
    from dashboard.components.incident import told_errors

    with told_errors():
        raise ValueError("Jane Roe, born 1960")


def page_with_a_broken_rule() -> None:
    from dashboard.components.incident import told_errors
    from medmeta_core.errors import SupportSetError

    with told_errors():
        raise SupportSetError("At least two conditions are needed.", rule="two-conditions")


def test_a_bug_shows_a_number_and_never_its_text() -> None:
    (error,) = AppTest.from_function(page_with_a_bug).run().error
    assert "incident" in error.value
    assert "Roe" not in error.value


def test_what_the_clinician_can_mend_is_told_in_words() -> None:
    (error,) = AppTest.from_function(page_with_a_broken_rule).run().error
    assert error.value == "At least two conditions are needed."
