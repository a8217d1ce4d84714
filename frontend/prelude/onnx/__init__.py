"""ONNX operators. The importer's table (`frontend/src/onnx/table`) names the functions of these modules."""
