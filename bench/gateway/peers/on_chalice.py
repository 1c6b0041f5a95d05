"""Chalice, AWS's own small framework."""

from chalice import Chalice

from bench.gateway.peers.plain import found

app = Chalice(app_name="bench")


@app.route("/v1/customers")
def look_up():
    request = app.current_request
    return found(request.context["authorizer"]["tenant_id"], request.query_params)


def handler(_job):
    return app
