from concurrent.futures import ThreadPoolExecutor

import pytest
from pools import jobs_of


@pytest.fixture
def jobs():
    with ThreadPoolExecutor(2) as executor:
        yield jobs_of(executor)
