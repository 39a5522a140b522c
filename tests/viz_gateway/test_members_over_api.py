"""The members of a partner as the gateway asks the real api for them."""

from pathlib import Path

import pytest

from moisson_shared.contracts.access import PartnerRole
from moisson_shared.contracts.errors import Forbidden, Invalid, NotFound
from moisson_viz_gateway.neighbours.api_client import ApiClient
from moisson_viz_gateway.neighbours.neighbour import Neighbour
from tests.api.running_api import PASSWORD, running_api


async def test_members_are_listed_put_and_removed_and_a_session_knows_its_roles(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        gateway = ApiClient(Neighbour("api", api.client))
        admin = await api.first_admin()
        owner = {"roles": ["partner"], "partners": ["essor"], "partner_roles": {"essor": "owner"}}
        await api.account(admin, "olga@essor.example", **owner)
        await api.account(admin, "zoe@essor.example")
        olga = await gateway.log_in("olga@essor.example", PASSWORD, None)
        assert olga.account.partner_roles == {"essor": PartnerRole.OWNER}
        await gateway.put_member(olga.access_token, "essor", "zoe@essor.example", "viewer")
        found = await gateway.members(olga.access_token, "essor")
        assert [(one.email, one.role) for one in found] == [
            ("olga@essor.example", PartnerRole.OWNER),
            ("zoe@essor.example", PartnerRole.VIEWER),
        ]
        with pytest.raises(Invalid):
            await gateway.put_member(olga.access_token, "essor", "nobody@essor.example", "viewer")
        zoe = await gateway.log_in("zoe@essor.example", PASSWORD, None)
        assert zoe.account.partner_roles == {"essor": PartnerRole.VIEWER}
        with pytest.raises(Forbidden):
            await gateway.put_member(zoe.access_token, "essor", "zoe@essor.example", "owner")
        await gateway.remove_member(olga.access_token, "essor", found[1].account)
        trail = (await gateway.member_changes(olga.access_token, "essor")).items
        assert [(entry.verb, entry.document, entry.who) for entry in trail[:2]] == [
            ("deleted", found[1].account, found[0].account),
            ("created", found[1].account, found[0].account),
        ]
        with pytest.raises(NotFound):
            await gateway.members(zoe.access_token, "essor")
