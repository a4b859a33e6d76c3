"""Pages and HTTP API: who is asking, show what was answered; decides nothing.

It holds no rules: permissions are identity's, rulings the agreement's, answers the gateway's.
Run by `commonweal serve`, which names the application by `commonweal.web.application:application`.
"""
