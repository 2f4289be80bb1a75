import json

import httpx
from http_calls import make_calls

CALLS = make_calls(httpx, json.loads, json.loads, json.loads)
