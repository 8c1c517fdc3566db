"""llama.cpp's own server, out of the Python package xllamacpp: prints its address and serves until it is ended.

    python llama_server.py MODEL.gguf KEY [--embeddings]

The server's log goes to standard error.
"""

import signal
import sys

import xllamacpp


def main():
    parameters = xllamacpp.CommonParams()
    parameters.model.path, key = sys.argv[1:3]
    parameters.embedding = "--embeddings" in sys.argv
    parameters.api_keys = [key]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0  # any that is free
    parameters.ui = False
    parameters.n_ctx = 512
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = 1  # several wait for each other by spinning, which a busy machine punishes
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
