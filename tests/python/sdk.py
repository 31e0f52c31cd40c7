"""A session's life through the Python SDK, as a user of it would write it."""
from ai.backend.client.session import Session

with Session() as api:
    session = api.ComputeSession.get_or_create("bash", name="sdk-one", resources={"cpu": 1, "mem": "256m"})
    assert session.created, "expected a new session"
    assert session.status == "RUNNING", session.status

    again = api.ComputeSession.get_or_create("bash", name="sdk-one", resources={"cpu": 1, "mem": "256m"})
    assert not again.created, "expected the running session"
    assert str(again.id) == str(session.id)

    page = api.ComputeSession.paginated_list(status="RUNNING")
    assert page.total_count == 1, page
    assert str(session.id) in map(str, page.items[0].values()), page.items

    info = session.get_info()
    assert info["status"] == "RUNNING", info
    logs = session.get_logs()
    assert "logs" in logs["result"], logs

    session.destroy()
    page = api.ComputeSession.paginated_list(status="RUNNING")
    assert page.total_count == 0, page
print("all done")
