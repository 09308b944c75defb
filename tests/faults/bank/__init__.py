"""
The bank test: tellers that lose the line, die, and ask again.

Real processes call the ledger's verbs through a proxy that cuts their connections,
before a request has reached the server or right after it was committed there. Backends,
tellers and the server itself are killed meanwhile. Each request is made by two tellers,
and by each as often as it takes to be answered. Every answer stands in a journal, and
in the end the journals and the ledger must agree.
"""
