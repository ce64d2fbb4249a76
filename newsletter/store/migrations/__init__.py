"""The steps from each schema to the next. A store of any earlier commit opens in a later one."""
