import json

import httpx2
from http_calls import make_calls

CALLS = make_calls(httpx2, json.loads, json.loads, json.loads)
