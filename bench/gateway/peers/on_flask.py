"""Flask behind apig-wsgi."""

from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request

from bench.gateway.peers.plain import found

app = Flask("bench")


@app.get("/v1/customers")
def look_up():
    context = request.environ["apig_wsgi.request_context"]
    return jsonify(found(context["authorizer"]["tenant_id"], request.args))


_answer = make_lambda_handler(app)


def handler(_job):
    return _answer
