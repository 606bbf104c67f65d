"""Fine-tuning BERT to tell texts apart: the examples, the training as it runs, and how good it got."""
