"""The map's side of the bridge, in a simulated session."""

import json

from pages.ui.components.bridge import KEY


def response(app):
    """What the bridge last brought to the map."""
    (bridge,) = [e for e in app.get("bidi_component") if "bridge" in e.proto.component_name]
    return json.loads(bridge.proto.json)


def say(app, **message):
    """Send a message as the map does."""
    usual = {"revision": response(app)["revision"], "selected": None, "settled": True}
    app.session_state[KEY] = {"message": {**usual, **message}}
    app.run()


def ask(app, what, **details):
    """What the server answers to a request."""
    say(app, number=response(app)["number"] + 1, request={"what": what, **details})
    return response(app)["result"]
