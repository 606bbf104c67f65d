"""The catalog of foundation models: curated records, what AWS offers now, and where a model can be tried."""
