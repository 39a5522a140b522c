"""The settings of the scraper, from the environment: `MOISSON_SCRAPER_…`."""

import json
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from moisson_scraper.rendering.absence import Mode
from moisson_shared.contracts.model import HttpAddress
from moisson_shared.contracts.quota import Limit, Quota
from moisson_shared.web.settings import ServiceSettings

CONTACT = r"^(?:|https?://[!-'*-~]{1,180}|[!-'*-?A-~]{1,64}@[A-Za-z0-9.-]{1,120})$"
"""Nothing, a web address or an e-mail address, without the parentheses that it is put in."""
Seconds = Annotated[float, Field(gt=0)]


def _listed(given: object) -> object:
    """A list as people write it in an environment: with commas, or as JSON."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        return json.loads(given)
    return tuple(part.strip() for part in given.split(",") if part.strip())


class ScraperSettings(ServiceSettings):
    """What the scraper is told besides what every service is."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="MOISSON_SCRAPER_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8101
    documents_url: str = "sqlite:///var/moisson/scraper.sqlite"
    queue_url: str = "in-process:"
    host_budget_url: str = Field(
        default="in-process:", description="Where all processes count requests to hosts: redis://host:6379/0?prefix=…"
    )
    client_id: str = "scraper"
    normalizer_url: HttpAddress | None = Field(default=None, description="Hears of finished runs; empty: nobody does.")
    outbound_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(), description="host:port pairs that may be fetched though they are not public, with commas between."
    )
    outbound_max_bytes: Annotated[int, Field(ge=1)] = Field(default=100_000_000, description="Of one page, at most.")
    user_agent: Annotated[str, Field(pattern=r"^[ -~]{1,200}$")] = Field(
        default="Moisson/0.1", description="Sent to partners' sites, with the contact behind it."
    )
    contact: Annotated[str, Field(pattern=CONTACT)] = Field(
        default="", description="Where sites' owners reach you: an e-mail address, or a page's; in the user agent."
    )
    upload_max_bytes: Annotated[int, Field(ge=1, le=500_000_000)] = Field(
        default=100_000_000, description="Of one uploaded file, at most."
    )
    archive_folder: Annotated[str, Field(pattern=r"^(?:|/.*)$")] = Field(
        default="", description="Where pages of spiders with `archive` are kept as WARC files: an absolute path."
    )
    archive_file_bytes: Annotated[int, Field(ge=1)] = Field(
        default=200_000_000, description="From so many bytes on a new file is begun."
    )
    archive_days: Annotated[int, Field(ge=1)] = Field(default=180, description="How long an archive is kept.")
    archive_bytes_per_partner: Annotated[int, Field(ge=1)] = Field(
        default=20_000_000_000, description="Beyond this a partner's oldest archives are discarded."
    )
    error_days: Annotated[int, Field(ge=1)] = Field(
        default=90, description="How long a run's example of each class of errors is kept."
    )
    runs_at_once: Annotated[int, Field(ge=1, le=100)] = Field(default=4, description="Runs of different spiders.")
    secrets_key: SecretStr = Field(
        default=SecretStr(""), description="Seals the secrets of spiders in the store; empty: none are kept."
    )
    quota_runs_per_day: Limit | None = Field(
        default=None, description="Runs that a partner may begin in a day, unless an admin says otherwise for it."
    )
    quota_pages_per_day: Limit | None = Field(default=None, description="Pages that its runs may ask for in a day.")
    quota_bytes_per_day: Limit | None = Field(default=None, description="Bytes that these may bring in a day.")
    quota_documents: Limit | None = Field(
        default=None, description="Records, their earlier states and visits that are kept of a partner's spiders."
    )
    works: bool = Field(default=True, description="Whether this process does runs itself; workers do them if not.")
    share_pages: bool | None = Field(
        default=None, description="Whether details are visited by all workers; by default where the queue is shared."
    )
    lots_at_once: Annotated[int, Field(ge=1, le=100)] = Field(
        default=2, description="Lots of 20 shared pages that this process visits at once."
    )
    requests_per_host: Annotated[int, Field(ge=1, le=100)] = Field(default=8, description="At once, by all spiders.")
    lease_seconds: Seconds = Field(default=15.0, description="After this a dead process's run is taken over.")
    sweep_seconds: Seconds = Field(default=5.0, description="How often the store is looked through for waiting runs.")
    progress_seconds: Seconds = Field(default=0.5, description="How often a run's progress is written.")
    retry_backoff: Seconds = Field(default=1.0, description="The wait before the first retry of a page, in seconds.")
    reading_seconds: Seconds = Field(
        default=10.0, description="A page that takes longer to be read is given up; as many again per 5 MB."
    )
    reading_memory_bytes: Annotated[int, Field(ge=256 * 1024**2)] = Field(
        default=1024**3, description="Of a process that reads pages which may take long."
    )
    reading_processes: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2, description="Such processes, at work at once."
    )
    most_attempts: Annotated[int, Field(ge=1)] = Field(
        default=20, description="A run that was begun so often without coming to its end is given up."
    )

    rendering: Mode = Field(
        default="auto", description="Pages that need a browser: where there is one (auto), expected (on), never (off)."
    )
    chromium: str = Field(default="", description="The browser's path; empty: chromium or google-chrome, on PATH.")
    chromium_sandbox: bool = Field(
        default=True, description="Off only where the kernel gives no user namespaces, or for an account that is root."
    )
    rendered_at_once: Annotated[int, Field(ge=1, le=50)] = Field(default=2, description="Pages in the browser at once.")
    chromium_idle_seconds: Seconds = Field(default=60.0, description="After this a browser that nobody needs ends.")
    chromium_page_memory: Annotated[int, Field(ge=100_000_000)] = Field(
        default=1_000_000_000, description="Bytes of memory that a page may take in the browser before it is ended."
    )

    @property
    def quota(self) -> Quota:
        """What holds for partners of whom nothing else is stated."""
        return Quota(
            runs_per_day=self.quota_runs_per_day,
            pages_per_day=self.quota_pages_per_day,
            bytes_per_day=self.quota_bytes_per_day,
            documents=self.quota_documents,
        )

    @property
    def shares_pages(self) -> bool:
        """Whether pages go out to all workers."""
        return not self.queue_url.startswith("in-process") if self.share_pages is None else self.share_pages

    @property
    def told_user_agent(self) -> str:
        """What sites are told: `Moisson/0.1 (+https://example.org/moisson)`."""
        return f"{self.user_agent} (+{self.contact})" if self.contact else self.user_agent

    def why_counted_apart(self, *, worker: bool) -> str | None:
        """A sentence for the operator where several processes are meant, and each would count for itself what a host
        is asked for; None where they count together, or where there is one."""
        if self.host_budget_url.startswith("in-process") and (worker or not self.queue_url.startswith("in-process")):
            budget = self.variable("host_budget_url")
            return f"{budget} is in-process: each process asks a host as much as all of them should; name a Redis there"
        return None

    @property
    def why_unreachable(self) -> str | None:
        """A sentence for the operator where sites are not told whom to write to; None where they are, or in a demo."""
        if self.demo or self.contact or "@" in self.user_agent or "://" in self.user_agent:
            return None
        contact = self.variable("contact")
        return f"{contact} is not set: sites cannot tell you when a spider troubles them, and may block it instead"
