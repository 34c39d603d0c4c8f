"""tuned.py with the model through torch.compile; for inference with freezing."""

import common
import tuned

common.main(tuned.make(compiled=True))
