"""What the program's commands do. With ``ledger.cli`` the only modules here that know projections and api."""
