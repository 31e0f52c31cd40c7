"""What a script on the SDK of 2023 does: it speaks the older server's words and asks its own newer fields."""
import json
import sys

from ai.backend.client.session import Session

STATUSES = "PENDING,SCHEDULED,PREPARING,RUNNING,RUNNING_DEGRADED,TERMINATING,ERROR"


def listed(api):
    return sorted(item["name"] for item in pages(api))


def pages(api):
    from ai.backend.client.output.fields import session_fields
    wanted = ("name", "session_id", "main_kernel_id", "status", "occupying_slots", "agent_ids", "scheduled_at",
              "idle_checks", "abusing_reports")
    fields = [session_fields[name] for name in wanted]
    return api.ComputeSession.paginated_list(status=STATUSES, fields=fields, page_size=100).items


with Session() as api:
    if sys.argv[1:] == ["list"]:
        print(json.dumps({"version": api.api_version, "names": listed(api)}))
        sys.exit()

    session = api.ComputeSession.get_or_create("bash", name="sdk-new", resources={"cpu": 1, "mem": "256m"})
    assert session.created and session.status == "RUNNING", session.status
    [row] = [item for item in pages(api) if item["name"] == "sdk-new"]
    assert row["id"] == row["main_kernel_id"] == str(session.id), row
    assert json.loads(row["occupying_slots"]) == {"cpu": "1", "mem": "268435456"}, row
    assert len(row["agent_ids"]) == 1 and row["scheduled_at"], row

    info = session.get_info()
    assert info["status"] == "RUNNING", info
    assert "logs" in session.get_logs()["result"]
    session.rename("sdk-newer")
    again = api.ComputeSession.get_or_create("bash", name="sdk-newer", resources={"cpu": 1, "mem": "256m"})
    assert not again.created and str(again.id) == str(session.id)

    me = api.User.detail()
    key = api.KeyPair(api.config.access_key).info()
    assert key["user_id"] == me["email"] and me["main_access_key"] == api.config.access_key, (key, me)

    stats = again.destroy()
    assert stats["stats"]["status"] == "terminated", stats
    assert "sdk-newer" not in listed(api)
print("all done")
