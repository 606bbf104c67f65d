"""Credentials that open nothing. A test plants them and looks for them where they must not turn up."""

PLANTED = {
    "AWS_ACCESS_KEY_ID": "AKIAPLANTEDPLANTED12",
    "AWS_SECRET_ACCESS_KEY": "plantedsecret/plantedsecret/plantedsecret",
    "AWS_SESSION_TOKEN": "plantedsessiontoken-plantedsessiontoken",
}
