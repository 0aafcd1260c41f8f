"""What was learned, at run time: the model card, the spread of a prediction, the basis of a number."""
