"""A curriculum as a folder of text files: read for ``applyContent``, written out, its faults told at once.

The format is for people who write with an editor and a version control system. What it means is in
``docs/content-format.md``; here it is only turned into the JSON of ``ApplyContentInput`` and back.
Deliberately absent: limits on lengths and numbers of parts. The server holds them, and a second list of them
here would drift.
"""

from gateway.content_files.export import write_folder
from gateway.content_files.faults import ContentFolderError, Fault
from gateway.content_files.folder import read_file, read_folder

__all__ = ["ContentFolderError", "Fault", "read_file", "read_folder", "write_folder"]
