"""The peer: Scrapy with fast settings, lxml XPath selectors, robots on, batched upserts into SQLite.

`python -m bench.crawl.with_scrapy ADDRESS CONCURRENCY DATABASE`
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from bench.measuring import Stopwatch

FIELDS = {
    "titre": "//main/h1/text()",
    "porteur": "//main/p[@class='lead']/text()",
    "texte": "//main/div[@class='body']/p/text()",
    "adresse": "//dd[@class='address']/text()",
    "ville": "//dd[@class='city']/text()",
    "code_postal": "//dd[@class='postcode']/text()",
    "site": "//a[@class='site']/@href",
}


class Store:
    """One row per item: key, hash and values, upserted in batches of 500."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> "Store":
        store = cls()
        store.database = sqlite3.connect(crawler.settings["DATABASE"])
        store.database.execute("PRAGMA journal_mode=WAL")
        store.database.execute("PRAGMA synchronous=FULL")
        store.database.execute("CREATE TABLE records (key TEXT PRIMARY KEY, hash TEXT, body TEXT) WITHOUT ROWID")
        store.waiting = []
        return store

    database: sqlite3.Connection
    waiting: list[tuple[str, str, str]]

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(item, ensure_ascii=False, sort_keys=True)
        self.waiting.append((item["url"], hashlib.blake2b(body.encode(), digest_size=16).hexdigest(), body))
        if len(self.waiting) >= 500:
            self.flush()
        return item

    def close_spider(self) -> None:
        self.flush()
        self.database.close()

    def flush(self) -> None:
        with self.database:
            self.database.executemany(
                "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET hash = excluded.hash,"
                " body = excluded.body",
                self.waiting,
            )
        self.waiting.clear()


class Directory(Spider):
    name = "directory"

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        for link in response.xpath("//article[@class='item']/h2/a/@href").getall():
            yield response.follow(link, self.parse_detail)
        following = response.xpath("//a[@class='next']/@href").get()
        if following:
            yield response.follow(following, self.parse)

    def parse_detail(self, response: Response) -> dict[str, Any]:
        item: dict[str, Any] = {name: response.xpath(path).get() for name, path in FIELDS.items()}
        item["mots"] = response.xpath("//li[@class='tag']/text()").getall()
        item["url"] = response.url
        return item


def main() -> None:
    address, concurrency, database = sys.argv[1:4]
    process = CrawlerProcess(
        {
            "LOG_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": int(concurrency),
            "CONCURRENT_REQUESTS_PER_DOMAIN": int(concurrency),
            "DOWNLOAD_DELAY": 0,
            "AUTOTHROTTLE_ENABLED": False,
            "HTTPCACHE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REFERER_ENABLED": False,
            "RETRY_ENABLED": True,
            "REACTOR_THREADPOOL_MAXSIZE": 4,
            "ITEM_PIPELINES": {Store: 300},
            "DATABASE": database,
        }
    )
    crawler = process.create_crawler(Directory)
    process.crawl(crawler, start_urls=[f"{address}/liste/0"])
    watch = Stopwatch()
    process.start()
    watch.report(crawler.stats.get_value("response_received_count"))


if __name__ == "__main__":
    main()
