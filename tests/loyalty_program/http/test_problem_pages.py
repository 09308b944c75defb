from django.test import Client


def test_the_type_of_a_problem_is_a_page(db):
    problem = Client().get("/v1/members/1").json()

    page = Client().get(problem["type"])

    assert problem["code"] == "not-authenticated"
    assert page.status_code == 200
    assert page["Content-Type"] == "text/plain; charset=utf-8"
    assert page.content.decode().startswith("# not-authenticated\n")


def test_there_is_no_page_of_what_is_no_problem(db):
    assert Client().get("/problems/no-such-problem").status_code == 404
    assert Client().get("/problems/..%2F..%2FREADME").status_code == 404
