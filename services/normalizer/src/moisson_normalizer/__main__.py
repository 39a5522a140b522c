"""`moisson-normalizer`: settings, backends, app, serve. The composition root of the service."""

from moisson_normalizer.app import create_app
from moisson_normalizer.settings import NormalizerSettings
from moisson_shared.adapters.open_backends import open_documents, open_queue, open_search_writer
from moisson_shared.web.serving import serve
from moisson_shared.web.settings import load_settings, opened


def main() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = load_settings(NormalizerSettings)
    app = create_app(
        settings,
        opened(settings, "documents_url", open_documents),
        opened(settings, "search_url", open_search_writer),
        opened(settings, "queue_url", open_queue),
    )
    serve(app, settings)


if __name__ == "__main__":
    main()
