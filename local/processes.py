"""Child processes that never outlive us."""

import ctypes
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_STOPS_WITHIN_S = 10


def die_with_parent() -> None:
    """For `preexec_fn`: should we be killed, no orphan may keep a port. Linux only; elsewhere a
    killed parent leaves its children to be stopped by hand."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except AttributeError:
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and make it when it does not."""
    process.terminate()
    try:
        process.wait(timeout=_STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
