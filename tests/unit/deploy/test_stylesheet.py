"""A stylesheet without the rules that no page uses."""

import pytest

from deploy.assets.stylesheet import only_used

USED = frozenset({"card", "btn", "is-wide"})


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".card{a:b}.other{c:d}", ".card{a:b}"),
        (".card,.other{a:b}", ".card{a:b}"),
        (".card .other{a:b}", ""),
        (".card:not(.other){a:b}", ".card:not(.other){a:b}"),
        (":is(.card,.other),p{a:b}", ":is(.card,.other),p{a:b}"),
        ("a,h1>b::before{a:b}", "a,h1>b::before{a:b}"),
        ("@media (min-width:1px){.card{a:b}.other{c:d}}", "@media (min-width:1px){.card{a:b}}"),
        ("@media print{.other{c:d}}", ""),
        ("@keyframes turn{0%{a:b}to{c:d}}", "@keyframes turn{0%{a:b}to{c:d}}"),
        ('@charset "UTF-8";.other{a:b}', '@charset "UTF-8";'),
        ("/* .card{} */.btn{a:b}", ".btn{a:b}"),
        (
            ".btn{a:url(\"data:image/svg+xml,<svg style='{}'>\")}",
            ".btn{a:url(\"data:image/svg+xml,<svg style='{}'>\")}",
        ),
        (".is-wide.btn{a:b}", ".is-wide.btn{a:b}"),
    ],
)
def test_only_rules_whose_classes_are_used_stay(css: str, kept: str) -> None:
    assert only_used(css, USED) == kept
