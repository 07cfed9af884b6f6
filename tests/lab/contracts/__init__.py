"""The published contracts: JSON Schemas and the AsyncAPI document, made from the models and the topology."""
