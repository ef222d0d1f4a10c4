"""The protocols, one module or package each, imported when first needed."""
