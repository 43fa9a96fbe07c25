"""Reading and writing content: the tree, drafts, publishing, releases, experiments. Each checks policy, then acts."""
