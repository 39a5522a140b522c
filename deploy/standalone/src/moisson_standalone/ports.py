"""Which port each part listens on, and a clear word before anything starts when one of them is taken."""

from dataclasses import dataclass

from moisson_shared.web.serving import StartFailed, listening_socket
from moisson_standalone.addresses import Addresses

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Somebody else listens there; `str()` says on what and which option chooses another port."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the four services on loopback."""

    portal: int = 8080
    api: int = 8100
    scraper: int = 8101
    normalizer: int = 8102

    def addresses(self) -> Addresses:
        """Where the services will answer."""
        return Addresses(
            api=f"http://{HOST}:{self.api}",
            scraper=f"http://{HOST}:{self.scraper}",
            normalizer=f"http://{HOST}:{self.normalizer}",
            portal=f"http://{HOST}:{self.portal}",
        )

    def by_option(self) -> dict[str, int]:
        """The ports with the options that choose them."""
        return {
            "--port": self.portal,
            "--api-port": self.api,
            "--scraper-port": self.scraper,
            "--normalizer-port": self.normalizer,
        }


def check_free(ports: dict[str, int]) -> None:
    """Raises `PortTaken` for the first port that cannot be had, or that two options name."""
    options: dict[int, str] = {}
    for option, port in ports.items():
        if port in options:
            raise PortTaken(f"{options[port]} and {option} both name port {port}: choose another one for {option}.")
        options[port] = option
        try:
            listening_socket(HOST, port).close()
        except StartFailed as error:
            raise PortTaken(
                f"Port {port} is not free ({error}). Is Moisson running already? Stop what listens there, "
                f"or choose another port with {option}."
            ) from error
