"""Uploading test libraries."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from loaders.content.libraries import libraries_by_hashes
from resolvers.content import editing
from resolvers.policy import may_write_content
from schema.content.versions import TestLibrary
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key
from schema.payloads import Payload
from versioning.content.libraries import Library


@strawberry.input(description="JavaScript that tests of several challenges share.")
class UploadTestLibraryInput:
    name: str = strawberry.field(description="By which challenges may name it, such as dom-helpers.")
    source: str = strawberry.field(description="A classic script; what it declares, tests see.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of uploadTestLibrary.")
class UploadTestLibraryPayload(Payload):
    library: TestLibrary | None = strawberry.field(default=None, description="The library.")


@strawberry.type
class LibraryMutations:
    @strawberry.mutation(
        description="Keep a test library for ever under the hash of its text; its name means it from now on."
        " Drafts and versions that name an earlier one keep that. Authors and admins."
    )
    async def upload_test_library(
        self, info: Info[Any, Any], input: Annotated[UploadTestLibraryInput, INPUT]
    ) -> UploadTestLibraryPayload:
        async def do() -> UploadTestLibraryPayload:
            reader = Reader(info, may_write_content)
            reader.settle()
            library = Library(input.name, input.source)
            done = await editing.upload_library(context(info), asked("uploadTestLibrary", input), library)
            (row,) = await context(info).loaders.load(libraries_by_hashes, (done["hash"],))
            return UploadTestLibraryPayload(library=TestLibrary.of(row))

        return await answered(UploadTestLibraryPayload, do())
