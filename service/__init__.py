"""The service: ASGI app, settings, CLI, tokens, limits, health, metrics.

The outermost room: it may import every other, none may import it. It turns bytes into plans and back; it decides
nothing about who sees what (``authz/``) and builds no SQL (``planner/``).
"""
