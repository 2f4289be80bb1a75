"""A poster's files come from the campaign and are not to be trusted."""

import pytest

PATH = "/posters/many-paths/files/many-paths.svg"
HOSTILE = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

pytestmark = pytest.mark.anyio


async def test_a_picture_is_served_from_our_host_for_any_page(browser, campaign):
    answer = await browser.get(PATH)
    assert answer.content == campaign.files["many-paths.svg"]
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_what_it_holds_is_shown_and_never_run(browser, campaign):
    campaign.files["many-paths.svg"] = HOSTILE
    headers = (await browser.get(PATH)).headers
    policy = dict(d.partition(" ")[::2] for d in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "sandbox" in policy
    assert policy["sandbox"] == ""
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("claimed", ["text/html", "application/xhtml+xml", "text/xml", "x\r\ny: z"])
async def test_a_type_that_is_no_picture_is_bytes_to_save(browser, campaign, claimed):
    campaign.poster["files"][1]["media_type"] = claimed
    headers = (await browser.get(PATH)).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")


async def test_a_name_cannot_break_a_header(browser, campaign):
    campaign.poster["files"][1]["name"] = name = 'a"; x=\r\n\N{RIGHT-TO-LEFT OVERRIDE}.svg'
    campaign.files = {name: b"<svg/>"}
    answer = await browser.get("/posters/many-paths/files/a%22%3B%20x%3D%0D%0A%E2%80%AE.svg")
    assert answer.headers["content-disposition"] == (
        "inline; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%E2%80%AE.svg"
    )


async def test_it_is_asked_for_once_and_kept(browser, campaign):
    for _ in range(3):
        await browser.get(PATH)
    assert campaign.asked.count("GET /v1/posters/many-paths/files/many-paths.svg") == 1
    assert "max-age=3600" in (await browser.get(PATH)).headers["cache-control"]


async def test_what_has_not_changed_is_not_sent_again(browser, campaign):
    etag = (await browser.get(PATH)).headers["etag"]
    answer = await browser.get(PATH, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_another_picture_under_the_same_name_is_another(browser, campaign, clock):
    await browser.get(PATH)
    campaign.files["many-paths.svg"] = b"<svg id='new'/>"
    campaign.poster["files"][1]["sha256"] = "ef" * 32
    clock.pass_by(3600)
    assert (await browser.get(PATH)).content == b"<svg id='new'/>"


async def test_a_large_file_to_print_comes_whole_and_is_not_kept(browser, campaign):
    campaign.files["many-paths.pdf"] = content = b"%PDF" + bytes(3_400_000)
    for _ in range(2):
        answer = await browser.get("/posters/many-paths/files/many-paths.pdf")
    assert answer.content == content
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''many-paths.pdf"
    assert campaign.asked.count("GET /v1/posters/many-paths/files/many-paths.pdf") == 2


@pytest.mark.parametrize("path", ["/posters/many-paths/files/other.svg", "/posters/x/files/y.svg"])
async def test_a_file_that_is_not_the_posters_is_not_found(browser, campaign, path):
    assert (await browser.get(path)).status_code == 404
    assert not [asked for asked in campaign.asked if "/files/" in asked]


@pytest.mark.parametrize("name", ["many-paths.svg", "many-paths.pdf"])
async def test_a_file_that_is_gone_is_a_page_that_says_so(browser, campaign, name):
    campaign.files = {}
    answer = await browser.get(f"/posters/many-paths/files/{name}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("name", ["many-paths.svg", "many-paths.pdf"])
async def test_a_file_out_of_reach_is_a_page_that_says_so(browser, campaign, name):
    await browser.get("/posters/many-paths")
    await browser.get("/posters/many-paths/files/nothing")
    campaign.down = True
    answer = await browser.get(f"/posters/many-paths/files/{name}")
    assert answer.status_code == 503
    assert "The campaign cannot be reached just now" in answer.text
