# Every target installs what it needs; see CONTRIBUTING.md.
