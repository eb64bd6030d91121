"""Which modules of the packages are no place to look for doctests."""

from dashboard.page_names import PAGES

collect_ignore = [
    "dashboard/app.py",
    "dashboard/pages.py",
    *(f"dashboard/{name}/{name}.py" for name in PAGES),  # a page draws itself when it is imported
]
