"""Every router of the studio, in the order in which addresses are tried."""

from fastapi import APIRouter

from moisson_viz_gateway.studio import (
    audit_routes,
    corpus_routes,
    fixture_routes,
    kept_page_routes,
    login_routes,
    overview_routes,
    partner_routes,
    portal_routes,
    recipe_routes,
    repair_routes,
    run_action_routes,
    run_evidence_routes,
    run_report_routes,
    run_routes,
    secret_routes,
    spider_routes,
    suggestion_routes,
    upload_routes,
)


def studio_routers() -> tuple[APIRouter, ...]:
    """They go before the portals', whose addresses begin with any word."""
    return (
        login_routes.router,
        overview_routes.router,
        suggestion_routes.router,
        spider_routes.router,
        fixture_routes.router,
        kept_page_routes.router,
        upload_routes.router,
        secret_routes.router,
        partner_routes.router,
        audit_routes.router,
        run_routes.router,
        run_report_routes.router,
        repair_routes.router,
        run_evidence_routes.router,
        run_action_routes.router,
        corpus_routes.router,
        recipe_routes.router,
        portal_routes.router,
    )
