"""明账: an event-sourced benefits ledger for social assistance money."""
