"""The connection to Elasticsearch, and its failures in our words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from elastic_transport import ConnectionTimeout, HttpxAsyncHttpNode, TransportError
from elasticsearch import ApiError, AsyncElasticsearch

from moisson_shared.contracts.errors import Unavailable

_REQUEST_SECONDS = 15.0
_CHECK_SECONDS = 2.0
_BUSY = frozenset({429, 502, 503, 504})
_DEFAULT_PORT = 9200


def elastic_client(node: str) -> AsyncElasticsearch:
    """A client of one node's address; nothing is connected yet. A request is tried again twice where the server is busy
    or the connection fails, never after a timeout."""
    parts = urlsplit(node)
    address = node if parts.port else parts._replace(netloc=f"{parts.netloc}:{_DEFAULT_PORT}").geturl()
    return AsyncElasticsearch(
        address,
        node_class=HttpxAsyncHttpNode,
        request_timeout=_REQUEST_SECONDS,
        max_retries=2,
        retry_on_status=sorted(_BUSY),
        retry_on_timeout=False,
        connections_per_node=50,
    )


@asynccontextmanager
async def in_our_words() -> AsyncIterator[None]:
    """Failures of the connection, and answers of a busy server, as `Unavailable`; others pass."""
    try:
        yield
    except ConnectionTimeout as error:
        raise Unavailable("The search index did not answer in time.") from error
    except TransportError as error:
        raise Unavailable("The search index does not answer.") from error
    except ApiError as error:
        if error.meta.status in _BUSY:
            raise Unavailable("The search index is busy.") from error
        raise


async def check_engine(client: AsyncElasticsearch) -> None:
    """Raises `Unavailable` when the server does not answer within two seconds."""
    async with in_our_words():
        await client.options(request_timeout=_CHECK_SECONDS, max_retries=0).info()


def is_missing_index(error: ApiError) -> bool:
    """Whether an answer says that there is no such index."""
    return error.meta.status == 404 and "index_not_found" in str(error)
