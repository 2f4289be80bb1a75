import json

import httpx2
from plain import plain

CALLS = plain(httpx2, json.loads, json.loads, json.loads)
