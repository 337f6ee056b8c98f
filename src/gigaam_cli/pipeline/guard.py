"""The one place where a bug is kept from spreading beyond the recording that showed it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

from gigaam_cli.core.errors import DeviceLostError, GigaamError, UnexpectedError
from gigaam_cli.pipeline.flow import Closed

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def one_files_work(report: Callable[[GigaamError], None]) -> Iterator[None]:
    """Run the body for one recording; hand whatever goes wrong with that to ``report``."""
    try:
        yield
    except (Closed, DeviceLostError):
        raise
    except GigaamError as error:
        report(error)
    except Exception as error:
        logger.exception("unexpected error")
        report(UnexpectedError(detail=f"{type(error).__name__}: {error}"))
