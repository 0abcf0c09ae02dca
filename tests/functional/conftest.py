import pytest

from harness import Daemon, Receiver


@pytest.fixture
def receiver(tmp_path):
    r = Receiver(tmp_path)
    yield r
    r.stop()


@pytest.fixture
def daemon(tmp_path, receiver):
    """A running daemon whose every role leads to `receiver`."""
    d = Daemon(tmp_path, {"duty": receiver.url}).start()
    yield d
    d.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One daemon for a whole file; it tells nobody. For tests that do not disturb each other."""
    d = Daemon(tmp_path_factory.mktemp("service")).start()
    yield d
    d.stop()
