"""Invented files of many kinds, with what each is: what the reader of files is trained and measured on."""
