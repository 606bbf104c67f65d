"""How the dashboard is started and reached: profiles, the proxies in front of it, what its answers say to a browser."""
