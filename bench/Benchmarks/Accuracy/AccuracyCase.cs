namespace EdgeFlora.Benchmarks.Accuracy;

/// <summary>A data set and the settings it is learnt with.</summary>
/// <param name="Folder">Below the data folder; holds train.jsonl and test.jsonl with the columns text and label.</param>
internal sealed record AccuracyCase(string Name, string Folder, int Epochs, int Batch, double LearningRate);
