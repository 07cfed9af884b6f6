"""Let the event loop end in order after SIGTERM."""

import signal
import threading
from types import FrameType


def end_in_order() -> None:
    """Keep the server's own repetition of SIGTERM from killing the process before its event loop has ended.

    The server answers SIGTERM by finishing its requests, and then raises the signal once more,
    with the default action. Blocked, that one waits for ever: the loop ends, its waiting tasks are
    cancelled and do their last work, and the process exits by itself. Whoever sent the signal still
    has SIGKILL.

    Does nothing outside the main thread, where no signal arrives.
    """
    served = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(served):
        return

    def serve_and_block(number: int, frame: FrameType | None) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        served(number, frame)

    signal.signal(signal.SIGTERM, serve_and_block)
