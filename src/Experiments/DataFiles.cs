namespace EdgeFlora.Experiments;

/// <summary>Files of texts with labels: JSONL, CSV or TSV.</summary>
/// <param name="Train">What is dealt out to agents.</param>
/// <param name="Test">The central test set; nobody trains on it.</param>
public sealed record DataFiles(string Train, string Test);
