"""Sample rows, and what a server may say to them."""

import httpx


def person(number, **more):
    return {
        "name": f"Sample Person {number}",
        "email": f"person.{number}@example.org",
        "country": "KE",
        **more,
    }


def people(number):
    return [person(n) for n in range(1, number + 1)]


def problem(status, name, **headers):
    body = {"type": f"/v1/problems/{name}", "title": "A title", "status": status}
    return httpx.Response(status, json=body, headers=headers)
