"""The composition root: settings, then the store, then the app, then serving."""

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.web.serving import serve
from moisson_shared.web.settings import load_settings, opened
from moisson_viz_gateway.app import create_app
from moisson_viz_gateway.settings import VizGatewaySettings


def main() -> None:
    """`moisson-viz-gateway`: runs until it is told to stop."""
    settings = load_settings(VizGatewaySettings)
    serve(create_app(settings, opened(settings, "documents_url", open_documents)), settings)


if __name__ == "__main__":
    main()
