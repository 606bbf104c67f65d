from components.start import predictions

predictions.predictions()
