import json

import httpx
from plain import plain

CALLS = plain(httpx, json.loads, json.loads, json.loads)
