namespace EdgeFlora.Learning.Data;

/// <summary>One labelled text (or pair of texts) of a classification task.</summary>
/// <param name="Text">First text; never empty.</param>
/// <param name="TextPair">Second text of a pair task, else null.</param>
/// <param name="Label">Index into the task's label list.</param>
public sealed record Example(string Text, string? TextPair, int Label);
