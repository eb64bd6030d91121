"""What this process may not do: ask for its own address outside."""

from streamlit import net_util


def forbid_address_lookups() -> None:
    """Keep Streamlit from asking a public service for the address of this machine.

    Streamlit 1.67 does so, over HTTP and for up to two seconds, when it meets the Origin of
    another site (`server_util.is_url_from_allowed_origins`) and when it greets at the terminal
    (`bootstrap._print_url`, before this runs: the configuration's `browser.serverAddress`
    prevents that one). Both answers only ever widen what is allowed; without them they do not.
    """
    net_util.get_external_ip = _unknown
    net_util.get_internal_ip = _unknown


def _unknown() -> None:
    """No address: Streamlit then allows the configured ones only."""
