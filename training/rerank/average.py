#!/usr/bin/env python3
"""The mean of two adapters of one shape, the second trained on from the first: what the second forgets of the first's
data and what the first lacks of the second's come out even (model soups, Wortsman et al. 2022, arXiv 2203.05482).

    training/rerank/average.py first/adapter.gguf second/adapter.gguf adapter.gguf

Needs: numpy, gguf.
"""

import sys

import gguf
import numpy as np

ROW, BIAS = "favilla.rerank.weight", "favilla.rerank.bias"


def main():
    first, second = (gguf.GGUFReader(path) for path in sys.argv[1:3])
    others = {tensor.name: tensor for tensor in second.tensors}

    def mean_of(key):
        return np.mean([np.array(reader.get_field(key).contents(), np.float64) for reader in (first, second)], axis=0)

    writer = gguf.GGUFWriter(sys.argv[3], "bert")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", first.get_field("adapter.lora.alpha").contents())
    writer.add_array(ROW, mean_of(ROW).tolist())
    writer.add_float32(BIAS, float(mean_of(BIAS)))
    for tensor in first.tensors:
        both = [one.data.astype(np.float32) for one in (tensor, others[tensor.name])]
        writer.add_tensor(tensor.name, np.mean(both, axis=0).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
