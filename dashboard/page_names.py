"""The pages in the order of the work; each is `dashboard/NAME/NAME.py`."""

PAGES = ("start", "examples", "adapt", "explore", "classify", "report", "about")
