"""Backends from their addresses: what is accepted, what is refused with which words, and what is not imported."""

import subprocess
import sys

import pytest

from moisson_shared.adapters.in_process_host_budget import InProcessHostBudget
from moisson_shared.adapters.in_process_queue import InProcessQueue
from moisson_shared.adapters.mongo_documents import MongoDocuments
from moisson_shared.adapters.open_backends import open_documents, open_host_budget, open_queue
from moisson_shared.adapters.redis_host_budget import RedisHostBudget
from moisson_shared.adapters.redis_queue import RedisQueue
from moisson_shared.adapters.sqlite_documents import SqliteDocuments


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:///var/moisson/scraper.sqlite", SqliteDocuments),
        ("sqlite:////var/moisson/scraper.sqlite", SqliteDocuments),
        ("sqlite:///var/donn%C3%A9es/a%20b.sqlite", SqliteDocuments),
        ("mongodb://host:27017/moisson_scraper?replicaSet=rs0", MongoDocuments),
        ("mongodb://user:secret@one,two:27018/moisson?authSource=admin", MongoDocuments),
    ],
)
def test_addresses_of_document_stores(url: str, kind: type) -> None:
    assert type(open_documents(url)) is kind


REFUSED = [
    "",
    "scraper.sqlite",
    "/var/moisson/scraper.sqlite",
    "sqlite:",
    "sqlite://",
    "sqlite:///",
    "sqlite://scraper.sqlite",
    "sqlite:scraper.sqlite",
    "sqlite://host/var/scraper.sqlite",
    "sqlite:///var/scraper.sqlite?mode=memory",
    "sqlite:///a%00b",
    "file:///var/scraper.sqlite",
    "mongodb://host:27017",
    "mongodb://host:27017/?replicaSet=rs0",
    "mongodb:///moisson",
    "mongodb://host:port/moisson",
    "mongodb://host/moisson?noSuchOption=1",
    "postgresql://user:secret@host/moisson",
    "mysql://user:secret@[host/moisson",
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_address_of_a_document_store_is_refused_with_what_is(url: str) -> None:
    with pytest.raises(ValueError, match="mongodb://host:port/database") as caught:
        open_documents(url)
    assert "sqlite:///absolute/path.sqlite" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("in-process:", InProcessQueue),
        ("redis://host:6379/0?prefix=moisson", RedisQueue),
        ("redis://host", RedisQueue),
        ("redis://host/", RedisQueue),
        ("redis://user:secret@[::1]:6380/15", RedisQueue),
        ("rediss://:secret%2F@host:6379/0?prefix=an-installation-2", RedisQueue),
    ],
)
def test_addresses_of_queues(url: str, kind: type) -> None:
    assert type(open_queue(url)) is kind


REFUSED_QUEUES = [
    "",
    "in-process",
    "in-process://host",
    "redis",
    "redis:",
    "redis:///0",
    "redis://host/moisson",
    "redis://host/0/1",
    "redis://host:0",
    "redis://host:port/0",
    "redis://user:secret/1@host/0",
    "redis://host/0?prefix=",
    "redis://host/0?prefix=A:b",
    "redis://host/0?prefix=a&password=secret",
    "redis://host/0?socket_timeout=1",
    "redis://user:secret@host/0#part",
    "redis://user:secret@[host/0",
    "amqp://user:secret@host",
]


@pytest.mark.parametrize("url", REFUSED_QUEUES)
def test_what_is_no_address_of_a_queue_is_refused_with_what_is(url: str) -> None:
    with pytest.raises(ValueError, match=r"in-process: or redis://host:port/db\?prefix=moisson") as caught:
        open_queue(url)
    assert "secret" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("in-process:", InProcessHostBudget),
        ("redis://host", RedisHostBudget),
        ("redis://host:6379/0?prefix=moisson-hosts", RedisHostBudget),
        ("rediss://user:secret@host:6380/15?prefix=a-b", RedisHostBudget),
    ],
)
async def test_addresses_of_budgets_of_hosts(url: str, kind: type) -> None:
    assert type(open_host_budget(url)) is kind


@pytest.mark.parametrize(
    "url",
    [
        "",
        "in-process://host",
        "redis:",
        "redis:///0",
        "redis://host:port",
        "redis://host/name",
        "redis://host?prefix=",
        "redis://host?prefix=A*",
        "redis://host?socket_timeout=1",
        "redis://host#1",
        "mongodb://user:secret@host/moisson",
    ],
)
def test_what_is_no_address_of_a_budget_of_hosts_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="in-process: or redis://host:port/0") as caught:
        open_host_budget(url)
    assert "secret" not in str(caught.value)


def test_the_embedded_pair_imports_no_other_engine() -> None:
    program = (
        "import sys\n"
        "from moisson_shared.adapters.open_backends import open_documents, open_host_budget, open_queue\n"
        "open_documents('sqlite:///tmp/nothing.sqlite'), open_queue('in-process:'), open_host_budget('in-process:')\n"
        "engines = {'motor', 'pymongo', 'bson', 'elasticsearch', 'redis', 'tantivy', 'taskiq'}\n"
        "print(sorted(engines & sys.modules.keys()))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
