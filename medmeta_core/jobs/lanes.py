"""`Lane`: a few threads for jobs of one kind, behind `concurrent.futures.Executor`."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Condition, Thread
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MAX_RELEASED = 4
"""How many that were asked to stop and have not yet may run beside those in the places."""


class Lane(Executor):
    """At most `n_places` pieces of work at once; one that is asked to stop gives up its place.

    `ThreadPoolExecutor` has no way to take a place back: two that do not react to a stop would
    hold up all that come after them.
    """

    def __init__(self, n_places: int, name: str) -> None:
        self._n_places = n_places
        self._name = name
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._in_place: set[Future[Any]] = set()
        self._released: set[Future[Any]] = set()
        self._changed = Condition()
        self._is_shut = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The future of `fn(*args, **kwargs)`, which runs as soon as a place is free.

        Raises:
            RuntimeError: the lane has been shut down.
        """
        future: Future[T] = Future()
        with self._changed:
            if self._is_shut:
                raise RuntimeError("this lane has been shut down")
            self._waiting.append((future, lambda: fn(*args, **kwargs)))
        self._fill()
        return future

    def release(self, future: Future[Any]) -> None:
        """Give the place of running work to the next, whenever it ends itself."""
        with self._changed:
            if future not in self._in_place or len(self._released) >= MAX_RELEASED:
                return
            self._in_place.discard(future)
            self._released.add(future)
        self._fill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work, and wait for what runs unless told otherwise."""
        with self._changed:
            self._is_shut = True
            dropped = list(self._waiting) if cancel_futures else []
            if cancel_futures:
                self._waiting.clear()
        for future, _ in dropped:
            future.cancel()
        if wait:
            with self._changed:
                self._changed.wait_for(lambda: not (self._in_place or self._released))

    def _fill(self) -> None:
        """Begin what waits, as far as there are places."""
        while True:
            with self._changed:
                if not self._waiting or len(self._in_place) >= self._n_places:
                    return
                future, work = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                self._in_place.add(future)
            self._begin(future, work)

    def _begin(self, future: Future[Any], work: Callable[[], Any]) -> None:
        thread = Thread(target=self._run, args=(future, work), name=self._name, daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError) as error:  # the system gives no more threads
            self._leave(future)
            future.set_exception(error)

    def _run(self, future: Future[Any], work: Callable[[], Any]) -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 (whoever asks the future is told)
            future.set_exception(error)
        finally:
            self._leave(future)

    def _leave(self, future: Future[Any]) -> None:
        with self._changed:
            self._in_place.discard(future)
            self._released.discard(future)
            self._changed.notify_all()
        self._fill()
