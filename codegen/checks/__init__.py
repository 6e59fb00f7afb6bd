"""Checks across the definitions of a schema.

Every check raises `SchemaError` at the first error, and may rely on the earlier ones.
May import the schema (`source`, `documents`) and the naming rules, not the IR.
"""

from __future__ import annotations

from codegen.checks.defaults import check_defaults
from codegen.checks.events import check_events
from codegen.checks.lenient import check_lenient
from codegen.checks.names import (
    check_derived_enums,
    check_field_names,
    check_type_names,
)
from codegen.checks.references import check_references, check_topic_order
from codegen.checks.unions import check_unions
from codegen.checks.variants import (
    check_bases,
    check_second_discriminators,
    check_tags,
)
from codegen.checks.versions import check_spans
from codegen.checks.wording import check_wording
from codegen.source import Schema

__all__ = ["check_definitions", "check_references"]


def check_definitions(schema: Schema) -> None:
    """Check that definitions are consistent.

    Raises:
        SchemaError: At the first error.
    """
    for check in (
        check_bases,
        check_tags,
        check_second_discriminators,
        check_unions,
        check_topic_order,
        check_field_names,
        check_defaults,
        check_lenient,
        check_derived_enums,
        check_events,
        check_type_names,
        check_spans,
        check_wording,
    ):
        check(schema)
